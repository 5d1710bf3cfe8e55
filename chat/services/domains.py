"""Recognises host names, and Korean particles that follow them without a space."""

import ipaddress

HOST_CHARS = 253
LABEL_CHARS = 63
LONGEST_NAME = HOST_CHARS + 47
"""A longer run of letters and dots is not a host, even with a particle after it, and is not examined."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


COUNTRIES = _words(
    """
    ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs bt bw by bz ca cc cd
    cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg er es et eu fi fj fk fm fo fr ga gd ge
    gf gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh
    ki km kn kp kr kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn mo mp mq mr ms mt mu mv mw
    mx my mz na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re ro rs ru rw sa sb
    sc sd se sg sh si sj sk sl sm sn so sr ss st su sv sx sy sz tc td tf tg th tj tk tl tm tn to tr tt tv tw tz ua ug
    uk us uy uz va vc ve vg vi vn vu wf ws ye yt za zm zw
    """
)
GENERIC = _words(
    """
    com net org edu gov mil int biz info pro aero asia coop museum jobs mobi travel app dev page blog shop store site
    online tech cloud xyz club wiki news email agency studio systems solutions network digital global design chat zone
    """
)
KOREAN = ("한국", "닷컴", "닷넷", "삼성")
INTERNATIONAL = frozenset({*KOREAN, "рф", "укр", "бел", "中国", "中國", "香港", "台湾", "台灣", "ไทย", "みんな"})
FILE_ENDINGS = frozenset({"md", "py", "rs", "sh"})
"""Top-level domains of countries that are also file extensions; `README.md` is a file."""

PARTICLES = _words(
    """
    이 가 은 는 을 를 에 의 도 만 로 와 과 나 랑 요 야 께 에서 에게 에는 에도 에만 에서는 에서도 에서만 에서의 으로
    으로는 으로도 로는 로도 이나 이랑 이요 이야 하고 까지 부터 보다 처럼 라도 이라도 라고 이라고 라는 이라는 입니다
    입니까 이에요 예요 에요 이고 인데 이며 이지만
    """
)
LONGEST_PARTICLE = max(map(len, PARTICLES))


def host_length(name: str) -> int:
    """The length of the host at the start of `name`, which follows a scheme, or 0. Any top-level domain is valid."""
    host = _cut(name, explicit=True)
    if not _is_host(host):
        return 0
    last = host.rpartition(".")[2].lower()
    if last.isdigit() or last.startswith("0x"):
        return len(host) if _is_address(host) else 0
    return len(host)


def domain_length(name: str) -> int:
    """The length of the domain at the start of `name`, without a scheme, or 0. Its top-level domain must be known."""
    domain = _cut(name, explicit=False)
    rest, _dot, last = domain.rpartition(".")
    has_known_end = is_known(last) or (rest[:4].lower() == "www." and _is_word(last))
    return len(domain) if rest and has_known_end and _is_host(domain) else 0


def mail_domain_length(name: str) -> int:
    """The length of the domain at the start of `name`, which follows an @, or 0. Any word is a top-level domain."""
    domain = _cut(name, explicit=True)
    rest, _dot, last = domain.rpartition(".")
    return len(domain) if rest and (is_known(last) or _is_word(last)) and _is_host(domain) else 0


def is_known(label: str) -> bool:
    """Whether people write this top-level domain without a scheme. Not in “end.It”, which joins two sentences."""
    if label in INTERNATIONAL:
        return True
    is_known_word = label.lower() in COUNTRIES or label.lower() in GENERIC
    return (is_known_word and (label.islower() or label.isupper())) or label[:4].lower() == "xn--"


def is_file(name: str) -> bool:
    """Whether a domain is more likely to be a file name."""
    return name.rpartition(".")[2].lower() in FILE_ENDINGS and name[:4].lower() != "www."


def without_particle(path: str) -> str:
    """Strip a particle from the end of a path if it directly follows a Latin letter, a digit or a bracket.

    Hangul after a slash is a name: `/wiki/은` is the page on silver. In `example.com/은` it is treated as a particle.
    """
    for length in range(1, LONGEST_PARTICLE + 1):
        rest, last = path[:-length], path[-length - 1 : -length]
        if path[-length:] in PARTICLES and (rest == "/" or last == ")" or (last.isascii() and last.isalnum())):
            return rest
    return path


def _cut(name: str, *, explicit: bool) -> str:
    """Cut a name at Hangul after a Latin top-level domain, or at a particle after a Korean one; "" if too long."""
    if len(name) > LONGEST_NAME:
        return ""
    labels = name.rstrip("._-+").split(".")
    for number, label in enumerate(labels):
        latin = _latin_length(label)
        is_last = number == len(labels) - 1
        if 0 < latin < len(label) and ((number and is_known(label[:latin])) or (is_last and explicit)):
            return ".".join([*labels[:number], label[:latin]])
    if explicit:
        labels[-1] = _without_particle_behind_korean(labels[-1])
    return ".".join(labels)


def _without_particle_behind_korean(label: str) -> str:
    for end in KOREAN:
        if label.startswith(end) and label[len(end) :] in PARTICLES:
            return end
    return label


def _latin_length(label: str) -> int:
    """The number of ASCII characters before the first Hangul syllable; 0 if there is none, or others precede it."""
    first = next((at for at, character in enumerate(label) if "가" <= character <= "힣"), 0)
    return first if label[:first].isascii() else 0


def _is_host(host: str) -> bool:
    return 0 < len(host) <= HOST_CHARS and all(map(_is_label, host.split(".")))


def _is_label(label: str) -> bool:
    return 0 < len(label) <= LABEL_CHARS and "+" not in label and label[0] != "-" != label[-1]


def _is_word(label: str) -> bool:
    return len(label) > 1 and label.isascii() and label.isalpha()


def _is_address(host: str) -> bool:
    try:
        ipaddress.IPv4Address(host)
    except ValueError:
        return False
    return True
