"""Korean prose of the reports, with particles chosen by the final sound of what stands before them."""

from __future__ import annotations

import re
import unicodedata

_LETTERS_WITH_FINAL = {"l": "ㄹ", "r": "ㄹ", "m": "ㅁ", "n": "ㄴ"}  # 엘, 알, 엠, 엔; the other letters end in a vowel
_DIGITS_WITH_FINAL = {"0": "ㅇ", "1": "ㄹ", "3": "ㅁ", "6": "ㄱ", "7": "ㄹ", "8": "ㄹ"}  # 영, 일, 삼, 육, 칠, 팔
_GREEK_WITH_FINAL = {"ε": "ㄴ", "υ": "ㄴ", "ο": "ㄴ"}  # 엡실론, 입실론, 오미크론
_MARKS_WITH_FINAL = {"\u0302": "ㅅ", "\u0307": "ㅅ"}  # 햇, 닷
_SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹"  # 제곱, 세제곱, … all end in 곱
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉ᵢⱼₖₗₘₙᵣ", "0123456789ijklmnr")
_SYLLABLE_FINALS = 28
_RIEUL = 8
_FRACTION = re.compile(r"(\d+)/\d+$")


def final_sound(text: str) -> str:
    """The final consonant of the last syllable of ``text`` read aloud, empty where it ends in a vowel.

    Letters are read by their Korean names, digits as Sino-Korean numbers, a fraction a/b as "b분의 a".

    >>> final_sound("b"), final_sound("n"), final_sound("ŷ"), final_sound("10"), final_sound("3/4")
    ('', 'ㄴ', 'ㅅ', 'ㅇ', 'ㅁ')
    """
    spoken = text.rstrip(" )]}|.,…'\"")
    fraction = _FRACTION.search(spoken)
    if fraction:
        spoken = fraction[1]
    if not spoken:
        return ""
    last = unicodedata.normalize("NFD", spoken.translate(_SUBSCRIPTS)[-1])
    if "\uac00" <= spoken[-1] <= "\ud7a3":
        place = (ord(spoken[-1]) - 0xAC00) % _SYLLABLE_FINALS
        return "" if place == 0 else "ㄹ" if place == _RIEUL else "ㄱ"
    if last[-1] in _MARKS_WITH_FINAL:
        return _MARKS_WITH_FINAL[last[-1]]
    if last in _SUPERSCRIPTS:
        return "ㅂ"
    letter = last[0].lower()
    return _LETTERS_WITH_FINAL.get(letter) or _DIGITS_WITH_FINAL.get(letter) or _GREEK_WITH_FINAL.get(letter, "")


def choose(text: str, after_consonant: str, after_vowel: str) -> str:
    """The particle that fits after ``text``; 으로 becomes 로 after ㄹ too.

    >>> choose("b", "은", "는"), choose("x", "이", "가"), choose("l", "으로", "로"), choose("6", "으로", "로")
    ('는', '가', '로', '으로')
    """
    sound = final_sound(text)
    if after_vowel.startswith("로") and sound == "ㄹ":
        return after_vowel
    return after_consonant if sound else after_vowel


PHRASES = {
    # 머리
    "at_point": "대입  {point}",
    "defined": "정의  {equation}",
    "more_definitions": "… 정의 {count}개 생략 (--full 옵션으로 모두 표시)",
    "reading": "읽은 방식: {typed} → {taken} (다른 해석 {other}, 괄호로 구분합니다)",
    "wrt_given": "미분하는 변수: {names} (지정한 변수)",
    "wrt_all": "미분하는 변수: {names} (모든 변수)",
    "wrt_parameters": "미분하는 변수: {names} (관례상 데이터인 x, y, t, X, Y 외의 모든 변수)",
    "wrt_nothing_else": "미분하는 변수: {names} (모두 관례상 데이터이므로 전부 미분합니다)",
    "upstream": "손실 뒤에 이어지는 함수의 기울기: {seed}",
    "missing_values": "값이 없는 변수: {names} (수치 계산은 생략합니다. --at 옵션으로 값을 주십시오)",
    "no_number": "실숫값 없음",
    # 절
    "heading_pieces": "순전파: 부분에 이름을 붙이고 값 구하기",
    "heading_pieces_only": "부분에 이름 붙이기",
    "heading_locals": "국소 미분: 각 부분을 따로 미분하기",
    "heading_path": "연쇄 법칙: 경로를 따라 곱하기",
    "heading_paths": "연쇄 법칙: 경로마다 곱하고, 만나는 곳에서 더하기",
    "heading_adjoints": "연쇄 법칙: 손실에서 거꾸로 한 부분씩 (역전파)",
    "heading_closed": "원래 문자로 되돌리기",
    "heading_second": "이계 편미분",
    "heading_update": "경사하강법 한 번 갱신, 학습률 {rate_symbol} = {rate}",
    "heading_check": "검산",
    "heading_comparison": "나란히 비교",
    # 부분
    "role_prediction": "예측값",
    "role_error": "오차",
    "role_loss": "손실",
    "omitted": "… {count}개 부분 생략 (--full 옵션으로 모두 표시)",
    "held": "{names}{names?은/는} 상수",
    "held_rest": "나머지는 모두 상수",
    "local_missing": "이 점에서는 없음",
    "chain_stops": "이 점에서 값이 없는 인수가 있어 연쇄 법칙을 쓸 수 없습니다. "
    "좌우 미분계수는 아래 검산에서 확인합니다.",
    "direct_part": "직접 경로의 몫만",
    # 미분법
    "rule_absolute_value": "절댓값의 미분",
    "rule_activation": "활성 함수의 미분",
    "rule_constant_factor": "상수배의 미분",
    "rule_cosine": "코사인의 미분",
    "rule_error_function": "오차 함수의 미분",
    "rule_exponential": "지수 함수의 미분",
    "rule_gamma_function": "감마 함수의 미분",
    "rule_general_power": "지수가 변수인 거듭제곱의 미분",
    "rule_hyperbolic": "쌍곡선 함수의 미분",
    "rule_inverse_hyperbolic": "역쌍곡선 함수의 미분",
    "rule_inverse_trigonometric": "역삼각 함수의 미분",
    "rule_logarithm": "로그 함수의 미분",
    "rule_power": "거듭제곱의 미분",
    "rule_product": "곱의 미분",
    "rule_quotient": "몫의 미분",
    "rule_relu": "구간별 일차 함수의 미분",
    "rule_root": "제곱근의 미분",
    "rule_selection": "선택된 가지의 미분",
    "rule_sigmoid": "시그모이드의 미분",
    "rule_sine": "사인의 미분",
    "rule_step": "도약 사이에서 상수",
    "rule_sum": "합의 미분",
    "rule_tangent": "탄젠트의 미분",
    "rule_tanh": "쌍곡탄젠트의 미분",
    "rule_trigonometric": "삼각 함수의 미분",
    # 연쇄 법칙
    "no_path": "손실과 무관한 변수 {name}",
    "zero_paths": "모든 경로에 인수 0이 있음",
    "zero_paths_smooth": "도약하는 점 밖에서는 모든 경로에 인수 0이 있음",
    "loss_itself": "손실이 곧 {name}",
    "one_factor": "인수가 하나인 경로",
    "path_count": "경로 {count}개가 만남",
    "path_label": "경로 {number}",
    "where_defined": "단,  {equation}",
    "loss_change": "{loss}: {before} → {after}",
    # 검산
    "way_exact": "정확한 값",
    "way_autograd": "PyTorch {dtype}",
    "way_finite": "유한 차분",
    "way_direct": "SymPy 전체 미분",
    "remarks": "비고",
    "agreement_MATCH": "{ulps} ulp",
    "agreement_MATCH_plain": "일치",
    "agreement_ROUNDING": "반올림 오차, 유효 숫자 {digits}자리",
    "agreement_ROUNDING_plain": "반올림 오차 이내",
    "agreement_ROUNDING_bound": "반올림 오차 {bound} 이하",
    "agreement_CONVENTION": "관례로 정한 값",
    "convention_open": "판정하지 않음",
    "convention_nan": "수가 아님",
    "convention_infinite": "무한대",
    "convention_outside": "정의역 밖",
    "convention_edge": "정의역의 끝",
    "convention_wrong": "미분계수가 아님",
    "agreement_MISMATCH": "틀림: 허용 오차 {bound} 초과",
    "agreement_MISMATCH_plain": "틀림",
    "agreement_UNAVAILABLE": "실행하지 않음",
    "error_at_most": "오차 {bound} 이하",
    "finite_outside": "불일치",
    "finite_switch": "오차 한계 없음: 근처에서 매끄럽지 않음",
    "finite_domain": "정의역을 벗어남",
    "finite_timeout": "시간 초과",
    "finite_off": "사용 안 함",
    "proof_PROVED": "동일",
    "proof_DIFFERENT": "다름",
    "proof_UNDECIDED": "미결",
    "proof_NOT_TRIED": "시도 안 함",
    "direct_size": "손실의 식이 너무 큼",
    "direct_pieces": "매끄러운 조각이 너무 많음",
    "direct_timeout": "시간 초과",
    "direct_off": "사용 안 함",
    "direct_normal_form": "표준형으로 판정되지 않음",
    "direct_unsupported": "SymPy에 없는 연산",
    "on_pieces": "매끄러운 조각 {count}개에서",
    "autograd_missing": "PyTorch가 설치되어 있지 않아 자동 미분은 확인하지 못했습니다. CPU판 설치: pip install torch "
    "--index-url https://download.pytorch.org/whl/cpu",
    "autograd_off": "요청에 따라 자동 미분은 확인하지 않았습니다.",
    "autograd_timeout": "PyTorch가 제한 시간 안에 끝나지 않았습니다. --timeout 값을 늘려 보십시오.",
    "autograd_point": "자동 미분을 확인하려면 모든 변수의 값이 필요합니다.",
    "disagreement_value": "PyTorch의 값이 처음 어긋나는 곳: {step} , 계산값 {computed}, 옳은 값 {expected}",
    "disagreement_gradient": "PyTorch의 기울기가 처음 어긋나는 곳: {step} , 계산값 {computed}, 옳은 값 {expected}",
    "step_number": "{number}번째 단계",
    "second_proof": "SymPy 전체 이계 미분: {what}",
    "proof_of": "{name}: {proof}",
    # 존재
    "smooth_here": "좌미분계수 = 우미분계수: 이 점에서 매끄러움",
    "smooth_partials": "변수마다 좌미분계수 = 우미분계수",
    "partials_only": "편미분계수는 있으나 전체로는 미분 불가능",
    "for_variable": "{name}:  {what}",
    "slopes": "좌미분계수 {left}   우미분계수 {right}",
    "slope_left": "좌미분계수 {slope}",
    "slope_right": "우미분계수 {slope}",
    "outside": "정의역 밖: 이 점에서 {formula}의 실숫값이 없음",
    "outside_side_left": "이 점의 왼쪽에서 {formula}의 실숫값이 없음",
    "outside_side_right": "이 점의 오른쪽에서 {formula}의 실숫값이 없음",
    "outside_side_both": "이 점의 양쪽에서 {formula}의 실숫값이 없음",
    "outside_because": "{what} ({reason})",
    "derivative_exists": "미분 가능",
    "derivative_missing": "미분계수 없음",
    "derivative_none": "없음",
    "subgradients": "부분기울기 {interval}",
    "existence_undecided": "미분 가능 여부 미결",
    "existence_undecided_because": "미분 가능 여부 미결: {reason}",
    "kind_SMOOTH": "매끄러움",
    "kind_KINK": "꺾인 점",
    "kind_JUMP": "값이 도약함",
    "kind_VERTICAL_TANGENT": "접선이 수직임",
    "kind_CUSP": "첨점",
    "kind_REMOVABLE": "제거 가능한 불연속점: 양쪽 극한은 같으나 값이 없음",
    "kind_OUT_OF_DOMAIN": "정의역 밖",
    "kind_OSCILLATION": "진동하여 기울기가 없음",
    "kind_C1_NOT_C2": "한 번만 매끄러움: 이계 미분계수가 도약함",
    "kind_DIFFERENTIABLE_NOT_C1": "미분 가능하나 도함수가 연속이 아님",
    "noun_SMOOTH": "전환점",
    "noun_KINK": "꺾인 점",
    "noun_JUMP": "도약",
    "noun_VERTICAL_TANGENT": "수직 접선",
    "noun_CUSP": "첨점",
    "noun_REMOVABLE": "제거 가능한 불연속점",
    "noun_OUT_OF_DOMAIN": "정의역의 끝",
    "noun_OSCILLATION": "진동",
    "noun_C1_NOT_C2": "전환점",
    "noun_DIFFERENTIABLE_NOT_C1": "전환점",
    "no_gradient": "편미분계수는 모두 있으나 전체로는 미분 불가능",
    "no_gradient_along": "편미분계수는 모두 있으나 전체로는 미분 불가능: "
    "방향  {direction}  기울기가 각 성분의 합과 다름",
    "no_gradient_curve": "편미분계수는 모두 있으나 전체로는 미분 불가능: 곡선의 방향  {direction}  굽음  {bend}  "
    "기울기가 각 성분의 합과 다름",
    "out_of_time": "시간 초과",
    "gradient_undecided": "전미분 가능 여부 미결",
    "gradient_undecided_because": "전미분 가능 여부 미결: {reason}",
    # 까닭
    "reason_division": "0으로 나눔",
    "reason_zero_power": "0의 음수 제곱",
    "reason_negative_power": "음수의 정수가 아닌 거듭제곱",
    "reason_root": "음수의 제곱근",
    "reason_log_zero": "0의 로그",
    "reason_log_negative": "음수의 로그",
    "reason_log": "양수가 아닌 수의 로그",
    "reason_loggamma": "양수가 아닌 수의 로그 감마 함수",
    "reason_polygamma": "양수가 아닌 수의 폴리감마 함수",
    "reason_not_real": "{value}{value?은/는} 실수가 아님",
    "reason_zero_unknown": "어떤 상수가 0인지 정밀도를 높여도 알 수 없고 SymPy로도 증명되지 않음",
    "reason_whether_zero": "{value}{value?이/가} 0인지 알 수 없음",
    "reason_singular": "근호, 극 또는 진동이 있는 점이어서 증명하지 못함",
    "reason_thin": "기울기가 다른 조각들이 만나는데, 이를 가르는 직선이나 곡선을 찾지 못함",
    "reason_oscillation": "진동 때문에 부호를 알 수 없음",
    "reason_inequalities": "부등식이 너무 많음",
    "reason_no_value": "그곳에 함숫값이 없음",
    "reason_combinations": "꺾이는 연산의 조합이 {count}가지를 넘음",
    "reason_other_open": "{name}에 대한 편미분 가능 여부가 미결 ({reason})",
    "reason_other_missing": "{name}에 대한 편미분계수가 없음",
    "reason_technical": "이 방법으로는 판정되지 않음",
    # 자동 미분
    "autograd_says": "PyTorch의 값 {value}",
    "difference_says": "중앙 차분의 값 {value}",
    "only_convention": "{said}: 미분 불가능한 점이므로 관례로 정한 값일 뿐입니다.",
    "only_conventions": "{said}: 미분 불가능한 점이므로 대칭과 관례 때문에 같아 보일 뿐입니다.",
    "valid_subgradient": "{value}{value?은/는} {interval}에 속하므로 올바른 부분기울기입니다.",
    "no_subgradient": "{value}{value?은/는} {interval}에 속하지 않으므로 부분기울기도 아닙니다.",
    "not_it": "미분계수는 {exact}입니다. 자동 미분의 {value}{value?은/는} 틀린 값입니다.",
    "not_it_convention": "미분계수는 {exact}입니다. 자동 미분의 {value}{value?은/는} 틀린 값입니다. "
    "{step}의 미분계수가 없는 점인데 관례로 정한 값을 곱했기 때문입니다.",
    "not_it_no_number": "미분계수는 {exact}입니다. 자동 미분의 {value}{value?은/는} 수가 아닙니다.",
    "outside_number": "{said}: 정의역 밖이므로 이 값은 의미가 없습니다.",
    "outside_no_number": "{said}: 이 점에는 함숫값이 없으므로 수가 나오지 않는 것이 맞습니다.",
    "missing_no_number": "{said}: 수가 아니며, 미분계수도 없습니다.",
    "infinite_slope": "{said}: 기울기가 무한대이므로 미분계수가 없습니다.",
    "infinite_number": "{said}: 수가 아니며, 미분계수도 없습니다.",
    "edge_slope": "{said}: 한쪽 미분계수일 뿐입니다.",
    "edge_number": "{said}: 정의역의 끝이므로 미분계수가 아닙니다.",
    # 판정
    "verdict_VERIFIED": "검산 완료",
    "verdict_CONSISTENT": "오차 안에서 일치",
    "verdict_CONDITIONAL": "조건부 성립",
    "verdict_REFUTED": "틀림",
    "verdict_NOT_DIFFERENTIABLE": "미분 불가능",
    "verdict_UNDECIDED": "미결",
    "verdict_UNREADABLE": "읽을 수 없음",
    "verdict_FOLLOWS_FROM_ERROR": "앞선 오류에서 비롯됨",
    "verdict_NOT_APPLICABLE": "해당 없음",
    "verdict_at": "위치: {point}",
    "remark_VERIFIED": "편미분 {count}개, 방법 {ways}가지",
    "remark_CONSISTENT": "편미분 {count}개, 오차 한계 안에서 일치하나 증명되지는 않음",
    "blame": "{kind}: {where}",
    # 비교
    "compare_formula": "손실",
    "compare_value": "이 점의 손실",
    "compare_here": "이 점의 {what}",
    "compare_loci": "미분 불가능한 곳",
    "compare_shape": "0에서의 모양",
    "compare_growth": "기울기의 크기",
    "compare_convex": "볼록성",
    "loci_none": "없음",
    "shape_bowl": "매끄러운 그릇",
    "shape_point": "뾰족한 점",
    "shape_smooth": "매끄러움",
    "shape_jump": "도약",
    "growth_grows": "오차가 클수록 커짐",
    "growth_constant": "오차와 무관하게 일정함",
    "growth_bounded": "오차가 커도 유계임",
    "growth_vanishes": "오차가 크면 사라짐",
    "growth_other": "오차에 따라 다름",
    "convex_yes": "볼록",
    "convex_no": "볼록하지 않음",
    "convex_unknown": "알 수 없음",
    "reason_convex": "{name}도 볼록 함수입니다. 뾰족한 점에서 문제가 되는 것은 볼록성이 아니라 미분 가능성입니다.",
    "reason_constant": "{name}의 기울기는 오차가 작아져도 크기가 같으므로, "
    "학습률이 고정되면 최솟값 근처에서 지나치게 됩니다.",
    "reason_grows": "{name}의 기울기는 오차와 함께 작아지므로, 최솟값에 가까워질수록 갱신이 작아집니다.",
}
