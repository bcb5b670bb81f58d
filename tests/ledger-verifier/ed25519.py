"""The one signature rule of docs/spec/LEDGER.md section 1: Ed25519 without cofactor, and no points of small order."""

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    def _verifies(key, message, signature):
        try:
            Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True

except ImportError:
    from nacl.exceptions import BadSignatureError
    from nacl.signing import VerifyKey

    def _verifies(key, message, signature):
        try:
            VerifyKey(key).verify(message, signature)
        except (BadSignatureError, ValueError):
            return False
        return True


P = 2**255 - 19
D = -121665 * pow(121666, -1, P) % P


def _point(encoded):
    """The point of 32 bytes; None when there is none."""
    number = int.from_bytes(encoded, "little")
    y, sign = number & (2**255 - 1), number >> 255
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - square) % P:
        return None
    return (P - x if x & 1 != sign else x, y % P)


def _double(point):
    x, y = point
    t = D * x * x * y * y % P
    return (2 * x * y * pow(1 + t, -1, P) % P, (y * y + x * x) * pow(1 - t, -1, P) % P)


_checked = {}


def is_weak(key):
    """No point of the curve, or one whose order divides 8."""
    if key not in _checked:
        point = _point(key)
        if point is not None:
            point = _double(_double(_double(point)))
        _checked[key] = point is None or point == (0, 1)
        if len(_checked) > 100_000:
            _checked.clear()
            return is_weak(key)
    return _checked[key]


_SMALL = set()


def _small_order():
    """The encodings of the eight points of small order, the ones that are not reduced too."""
    if not _SMALL:
        low = range(0, 19)
        found = [y.to_bytes(32, "little") for y in (0, 1, P - 1)]
        # The two y of order 8 are the roots of d*y^4 + 2*y^2 - 1, from the doubling formula.
        square_root = pow(1 + D, (P + 3) // 8, P)
        if (square_root * square_root - 1 - D) % P:
            square_root = square_root * pow(2, (P - 1) // 4, P) % P
        for root in (square_root, P - square_root):
            square = (root - 1) * pow(D, -1, P) % P
            y = pow(square, (P + 3) // 8, P)
            if (y * y - square) % P:
                y = y * pow(2, (P - 1) // 4, P) % P
            if (y * y - square) % P == 0:
                found += [y.to_bytes(32, "little"), (P - y).to_bytes(32, "little")]
        found += [(P + y).to_bytes(32, "little") for y in low if y in (0, 1)]
        for encoded in found:
            _SMALL.add(encoded)
            _SMALL.add(encoded[:31] + bytes([encoded[31] | 0x80]))
    return _SMALL


def verify(key, message, signature):
    if len(signature) != 64 or is_weak(key) or signature[:32] in _small_order():
        return False
    return _verifies(key, message, signature)
