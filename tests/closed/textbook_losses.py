"""Losses as textbooks and programs write them."""

LOSSES = """\
(y - (w*x + b))^2
1/2*(y - (w*x + b))^2
(w*x + b - y)^2
|y - (w*x + b)|
yhat = w*x + b; u = y - yhat; u^2
-(y*log(sigmoid(w*x + b)) + (1 - y)*log(1 - sigmoid(w*x + b)))
p = sigmoid(w*x + b); -y*log(p) - (1 - y)*log(1 - p)
z = w*x + b; softplus(z) - y*z
log(1 + exp(-y*(w*x + b)))
log(1 + exp(w*x + b)) - y*(w*x + b)
softplus(-y*w*x)
softplus(w)
Max(0, 1 - y*(w*x + b))
relu(1 - y*(w*x + b))
relu(1 - y*(w*x + b))^2
u = y - w*x; where(abs(u) <= 1, u^2/2, abs(u) - 1/2)
u = y - (w*x + b); where(|u| <= d, u^2/2, d*(|u| - d/2))
u = y - w*x; log((exp(u) + exp(-u))/2)
log(cosh(y - w*x))
(y - w*x)^2 + l*w^2
(y - w*x)^2 + l*|w|
(y - w_1*x_1 - w_2*x_2)^2
(y - (w_1*x_1 + w_2*x_2 + b))^2 + l*(w_1^2 + w_2^2)
((y_1 - (w*x_1 + b))^2 + (y_2 - (w*x_2 + b))^2)/2
((y_1 - (w*x_1 + b))^2 + (y_2 - (w*x_2 + b))^2 + (y_3 - (w*x_3 + b))^2)/3
(y - tanh(w*x + b))^2
(y - sigmoid(w*x + b))^2
(y - relu(w*x + b))^2
(y - v*tanh(w*x + b))^2
(y - (v_1*tanh(w_1*x) + v_2*tanh(w_2*x)))^2
h_1 = tanh(w_1*x + b_1); h_2 = tanh(w_2*x + b_2); (y - (v_1*h_1 + v_2*h_2 + c))^2
h = sigmoid(w*x); (y - v*h)^2
-log(exp(z_1)/(exp(z_1) + exp(z_2)))
-log(exp(z_1)/(exp(z_1) + exp(z_2) + exp(z_3)))
log(exp(z_1) + exp(z_2) + exp(z_3)) - z_1
s = exp(z_1) + exp(z_2); -t_1*log(exp(z_1)/s) - t_2*log(exp(z_2)/s)
p*log(p/q) + (1 - p)*log((1 - p)/(1 - q))
-(1 - p)^2*log(p)
p = sigmoid(w*x); -(1 - p)^2*log(p)
exp(-y*w*x)
exp(w*x) - y*w*x
exp(w*x + b) - y*log(exp(w*x + b))
log(s) + (y - m)^2/(2*s^2)
1/2*log(2*pi*s^2) + (y - w*x)^2/(2*s^2)
(y - m)^2/(2*exp(2*r)) + r
log(1 + (y - w*x)^2)
sqrt(1 + (y - w*x)^2) - 1
d^2*(sqrt(1 + ((y - w*x)/d)^2) - 1)
(y - w*x)^4
|y - w*x|^3
(log(1 + y) - log(1 + w*x))^2
((y - w*x)/y)^2
|y - w*x|/|y|
1 - 2*w*y/(w^2 + y^2)
1 - a*b/(sqrt(a^2)*sqrt(b^2))
(a_1*b_1 + a_2*b_2)/(sqrt(a_1^2 + a_2^2)*sqrt(b_1^2 + b_2^2))
Max(0, d_1 - d_2 + m)
where(y > w*x, q*(y - w*x), (q - 1)*(y - w*x))
Max(q*(y - w*x), (q - 1)*(y - w*x))
y*Max(0, m - d)^2 + (1 - y)*d^2
(1 - x)^2 + 100*(y - x^2)^2
silu(w*x)
gelu(w*x)
elu(w*x)
(y - leaky_relu(w*x))^2
(y - softplus(w*x))^2
w/(1 + |w|)
-log(sigmoid(s_1 - s_2))
(w - 1)^2/(w + 1)
x^w
w^w
a = w*x; b = a^2; c = a*b; c + b
(y - w*x)^2*exp(-w^2)
log(w*x)/w
atan2(y, w)
hypot(w, x)
(y - (w*x + b))^2/(2*n)
-log(1 - w*x) - log(w*x)
(t - o)^2/2
o = sigmoid(w*h); h = sigmoid(v*x); (t - o)^2/2
logsigmoid(w*x)
cos(w*x)*sin(w)
f(z) = z^2; f(w*x) + f(b)
diff((y - w*x)^2, w)
""".splitlines()
