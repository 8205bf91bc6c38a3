"""Losses of arrays as textbooks and programs write them, with the shapes of their variables."""

MATRIX = {"X": ("n", "d"), "y": ("n",), "w": ("d",)}
BATCH = {"X": ("n", "d"), "W": ("d", "k"), "b": ("k",), "T": ("n", "k")}
VECTORS = {"x": ("d",), "y": ("d",)}
NET = {"x": ("d",), "W_1": ("h", "d"), "b_1": ("h",), "W_2": ("k", "h"), "b_2": ("k",), "t": ("k",)}
BATCH_NET = {"X": ("n", "d"), "W_1": ("d", "h"), "b_1": ("h",), "W_2": ("h", "k"), "b_2": ("k",), "Y": ("n", "k")}
ATTENTION = {"Q": ("n", "d"), "K": ("m", "d"), "V": ("m", "v"), "C": ("n", "v")}
SELF = {"X": ("n", "d"), "W_q": ("d", "k"), "W_k": ("d", "k"), "W_v": ("d", "v"), "C": ("n", "v")}
SCORES = {"z": ("k",), "t": ("k",)}
NORMED = {"X": ("n", "d"), "C": ("n", "d"), "gamma": ("d",), "beta": ("d",)}
ROW = {"x": ("d",), "c": ("d",), "gamma": ("d",), "beta": ("d",)}

Shapes = dict[str, tuple[str, ...]]

LOSSES: dict[str, tuple[str, Shapes]] = {
    "mse": ("yhat = X@w + b; mean((yhat - y)^2)", MATRIX),
    "mse, error turned": ("yhat = X@w + b; mean((y - yhat)^2)", MATRIX),
    "mse, one formula": ("mean((y - (X@w + b))^2)", MATRIX),
    "mse by index": ("mean((y[i] - w*x[i])^2, i)", {"x": ("n",), "y": ("n",)}),
    "ridge": ("sum((X@w - y)^2) + lambda*sum(w^2)", MATRIX),
    "logistic": ("z = X@w + b; sum(softplus(z) - y*z) + lambda/2*sum(w^2)", MATRIX),
    "logistic mean": ("z = X@w; mean(softplus(z) - y*z) + lambda/2*sum(w^2)", MATRIX),
    "cross-entropy on probabilities": ("p = sigmoid(X@w); -mean(y*log(p) + (1 - y)*log(1 - p))", MATRIX),
    "softmax": ("p = softmax(z); -sum(t*log(p))", SCORES),
    "log softmax": ("-sum(t*log_softmax(z))", SCORES),
    "logsumexp": ("sum(t*(logsumexp(z) - z))", SCORES),
    "softmax by hand": ("-sum(t*log(exp(z)/sum(exp(z))))", SCORES),
    "class": ("-log_softmax(z)[2]", {"z": ("k",)}),
    "softmax batch": ("P = softmax(X@W + b); -mean(sum(T*log(P), axis=1))", BATCH),
    "network": ("h = tanh(W_1@x + b_1); z = W_2@h + b_2; sum(t*(logsumexp(z) - z))", NET),
    "network batch": (
        "A = X@W_1 + b_1; H = relu(A); Yhat = H@W_2 + b_2; mean(sum((Yhat - Y)^2, axis=1))",
        BATCH_NET,
    ),
    "network batch, one formula": ("mean(sum((relu(X@W_1 + b_1)@W_2 + b_2 - Y)^2, axis=1))", BATCH_NET),
    "batch norm": (
        "D = X - mean(X, axis=0); sigma = sqrt(mean(D^2, axis=0) + 1e-5); Xhat = D/sigma; sum(C*(gamma*Xhat + beta))",
        NORMED,
    ),
    "layer norm of a vector": (
        "delta = x - mean(x); sigma = sqrt(mean(delta^2) + 1e-5); xhat = delta/sigma; sum(c*(gamma*xhat + beta))",
        ROW,
    ),
    "layer norm": ("Xhat = layer_norm(X); sum(C*(gamma*Xhat + beta))", NORMED),
    "layer norm alone": ("sum(C*layer_norm(X))", NORMED),
    "layer norm along columns": ("sum(C*standardize(X, axis=0))", NORMED),
    "layer norm of rows and their sums": ("sum(C*layer_norm(X, eps=1/10)) + sum(sum(X, axis=1)^2)", NORMED),
    "attention": ("S = Q@K.T/2; P = softmax(S); sum(C*(P@V))", ATTENTION),
    "attention, one formula": ("sum(C*(softmax(Q@K.T/2)@V))", ATTENTION),
    "self attention": (
        "Q = X@W_q; K = X@W_k; V = X@W_v; S = Q@K.T/2; P = softmax(S); sum(C*(P@V))",
        SELF,
    ),
    "cosine": ("dot(x, y)/(norm(x)*norm(y))", VECTORS),
    "triplet": (
        "d_p = norm(a - p); d_q = norm(a - q); relu(d_p - d_q + 1)",
        {"a": ("d",), "p": ("d",), "q": ("d",)},
    ),
    "quadratic": ("dot(x, A@x)", {"x": ("d",), "A": ("d", "d")}),
    "trace": ("trace(A.T@A)", {"A": ("n", "d")}),
    "trace of a matrix": ("trace(A)", {"A": ("n", "n")}),
    "max": ("max(x)^2", {"x": ("n",)}),
    "max of rows": ("sum(w*max(X, axis=1))", {"X": ("n", "d"), "w": ("n",)}),
    "product": ("prod(x)", {"x": ("n",)}),
    "outer": ("sum(C*outer(x, y))", {"x": ("n",), "y": ("d",), "C": ("n", "d")}),
    "huber": ("u = X@w - y; mean(where(abs(u) <= delta, u^2/2, delta*(abs(u) - delta/2)))", MATRIX),
    "mae": ("mean(abs(y - (X@w + b)))", MATRIX),
    "l1": ("sum((X@w - y)^2) + lambda*sum(abs(w))", MATRIX),
    "matrix and transpose": ("sum(C*(A + A.T)^2)", {"A": ("n", "n"), "C": ("n", "n")}),
    "matrix twice": ("sum(C*(A@A))", {"A": ("n", "n"), "C": ("n", "n")}),
    "gram": ("sum(C*(X@X.T))", {"X": ("n", "d"), "C": ("n", "n")}),
    "square of a sum": ("sum(x)^2", {"x": ("n",)}),
    "variance": ("var(x)", {"x": ("n",)}),
    "deviation": ("std(x)", {"x": ("n",)}),
    "norm": ("norm(x)", {"x": ("n",)}),
    "column": ("mean((X@w - y)^2)", {"X": ("n", "d"), "w": ("d", 1), "y": ("n", 1)}),
    "column, mixed": ("mean((X@w - y)^2) + sum(softmax(w, axis=0)^2)", {"X": ("n", "d"), "w": ("d", 1), "y": ("n", 1)}),
    "column, one formula": (
        "p = sigmoid(X@w + b); -mean(y*log(p) + (1 - y)*log(1 - p)) + lambda*sum(w^2)",
        {"X": ("n", "d"), "w": ("d", 1), "y": ("n", 1)},
    ),
    "distances": ("sum(unsqueeze(x) - y)^2", {"x": ("n",), "y": ("d",)}),
    "pairs": ("sum((unsqueeze(x) - y)^2)", {"x": ("n",), "y": ("d",)}),
    "three indices": ("sum((A[i, j]*B[i, k]*C[j, k])^2, i, j, k)", {"A": ("n", "d"), "B": ("n", "m"), "C": ("d", "m")}),
    "log of a mean": ("log(mean(exp(x)))", {"x": ("n",)}),
    "two elements": ("x[0]*x[1]^2", {"x": ("n",)}),
    "row of a matrix": ("sum(X[1]^2) + X[0, 2]", {"X": ("n", "d")}),
    "classes": ("cross_entropy(Z, c)", {"Z": ("n", "k"), "c": ("n",)}),
    "classes of a linear model": ("cross_entropy(X@W + b, c)", BATCH | {"c": ("n",)}),
    "one class": ("cross_entropy(z, c)", {"z": ("k",)}),
    "classes with margins": ("multi_margin(Z, c)", {"Z": ("n", "k"), "c": ("n",)}),
    "classes by index": (
        "-mean(sum(where(c[i] == j, 1, 0)*log_softmax(Z)[i, j], j), i)",
        {"Z": ("n", "k"), "c": ("n",)},
    ),
    "triplets": ("triplet_margin(A, P, N)", {"A": ("n", "d"), "P": ("n", "d"), "N": ("n", "d")}),
    "attention and its error": ("mean((softmax(Q@K.T/sqrt(d))@V - C)^2)", ATTENTION),
    "choice": ("sum(where(x > 0, x^2, -x))", {"x": ("n",)}),
}
"""Text and shapes; other variables are scalars."""
