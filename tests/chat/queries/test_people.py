"""Which people a typed text may refer to when somebody is invited."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress

from chat.models import User
from chat.protocol.errors import Forbidden, NotFound
from chat.queries.people import SHOWN, find_to_invite
from chat.services.accounts import update_person
from chat.services.memberships import invite_member, leave_room
from chat.services.people import update_profile
from tests.conftest import person


@pytest.fixture
def haeun(space: Any) -> Any:
    """The person whom others impersonate."""
    user = person("haeun", "최하은")
    User.objects.filter(pk=user.pk).update(email="haeun@maple.example")
    return user


def old_account(username: str, display_name: str = "") -> User:
    """An account with a username older than the rules."""
    user = User(username=username)
    user.rename(display_name=display_name)
    user.save()
    return user


def names(people: list[User]) -> list[str]:
    return [user.username for user in people]


@pytest.mark.parametrize("typed", ["haeun", "HAEUN", "ｈａｅｕｎ", "@haeun", " 최하은 ", "최하은"])
def test_a_text_that_is_the_name_of_one_person_matches_them(mina: Any, founders: Any, haeun: Any, typed: str) -> None:
    assert find_to_invite(mina, room=founders, typed=typed).person == haeun


@pytest.mark.parametrize("typed", ["최하은", "HAEUN@maple.example", "haeun@maple.example"])
def test_a_username_does_not_take_precedence_over_a_name_or_an_address(
    mina: Any, founders: Any, haeun: Any, typed: str
) -> None:
    impostors = {old_account("최하은").username, old_account("haeun@maple.example").username}
    meant = find_to_invite(mina, room=founders, typed=typed)
    assert meant.person is None
    assert len(meant.outside) == 2
    assert set(names(meant.outside)) - impostors == {"haeun"}


@pytest.mark.parametrize("name", ["최하은", "최\u3164하은", "Ｈaeun", "hаeun", "HAEUN"])
def test_a_name_that_looks_like_the_text_makes_it_ambiguous(mina: Any, founders: Any, haeun: Any, name: str) -> None:
    eve = person("eve", "Eve")
    update_profile(eve, display_name=name, time_zone="")
    typed = "최하은" if name.startswith("최") else "haeun"
    meant = find_to_invite(mina, room=founders, typed=typed)
    assert meant.person is None
    assert set(names(meant.outside)) == {"haeun", "eve"}


def test_a_look_alike_is_shown_and_never_invited_instead_of_somebody_absent(mina: Any, founders: Any) -> None:
    eve = person("eve", "Аdа")  # two Cyrillic letters
    meant = find_to_invite(mina, room=founders, typed="Ada")
    assert (meant.person, meant.outside) == (None, [eve])


def test_a_match_in_the_room_is_named_and_a_namesake_is_not_invited_without_asking(
    mina: Any, joon: Any, founders: Any
) -> None:
    assert names(find_to_invite(mina, room=founders, typed="joon").inside) == ["joon"]
    other = person("other", "Joon")
    meant = find_to_invite(mina, room=founders, typed="Joon")
    assert (names(meant.inside), meant.outside, meant.person) == (["joon"], [other], None)
    leave_room(joon, room_id=founders.pk)
    assert find_to_invite(mina, room=founders, typed="joon").person is None


def test_ones_own_name_invites_nobody(mina: Any, founders: Any) -> None:
    meant = find_to_invite(mina, room=founders, typed="mina")
    assert (meant.person, meant.outside, names(meant.inside)) == (None, [], ["mina"])


def test_only_a_whole_address_matches_and_only_a_confirmed_one_invites_without_asking(
    mina: Any, founders: Any, haeun: Any
) -> None:
    for part in ("haeun@maple", "@maple.example", "maple.example", "%@%"):
        assert find_to_invite(mina, room=founders, typed=part).outside == []
    meant = find_to_invite(mina, room=founders, typed="haeun@maple.example")
    assert (meant.person, meant.outside) == (None, [haeun])
    EmailAddress.objects.create(user=haeun, email="haeun@maple.example", verified=True, primary=True)
    assert find_to_invite(mina, room=founders, typed="Haeun@maple.example").person == haeun


def test_the_person_with_exactly_the_username_is_shown_among_many_with_that_name(
    mina: Any, founders: Any, haeun: Any
) -> None:
    User.objects.bulk_create(User(username=f"crowd{n}", display_name="haeun") for n in range(SHOWN * 3))
    meant = find_to_invite(mina, room=founders, typed="haeun")
    assert (len(meant.outside), meant.are_more, meant.person) == (SHOWN, True, None)
    assert meant.outside[0] == haeun


@pytest.mark.parametrize("typed", ["", " ", "x" * 255, "x" * 100_000, "%", "_", "\\", "'", "★", "\u200b", "@"])
def test_a_text_that_is_no_name_or_address_matches_nobody(mina: Any, founders: Any, haeun: Any, typed: str) -> None:
    meant = find_to_invite(mina, room=founders, typed=typed)
    assert (meant.person, meant.outside, meant.inside) == (None, [], [])


def test_deactivated_people_do_not_match(mina: Any, founders: Any, haeun: Any) -> None:
    User.objects.filter(pk=haeun.pk).update(is_active=False)
    assert find_to_invite(mina, room=founders, typed="haeun").outside == []


def test_only_those_who_may_invite_find_people(stranger: Any, general: Any, founders: Any) -> None:
    with pytest.raises(Forbidden):
        find_to_invite(stranger, room=general, typed="mina")
    with pytest.raises(NotFound):
        find_to_invite(stranger, room=founders, typed="mina")
    stranger.is_superuser = True
    assert names(find_to_invite(stranger, room=founders, typed="mina").inside) == ["mina"]


def test_a_new_name_is_found_and_the_old_one_is_not(mina: Any, founders: Any, haeun: Any) -> None:
    mina.is_superuser = True
    update_person(mina, user_id=haeun.pk, username="하은", display_name="")
    haeun.refresh_from_db()
    assert find_to_invite(mina, room=founders, typed="하은").person == haeun
    assert find_to_invite(mina, room=founders, typed="최하은").outside == []
    invite_member(mina, room_id=founders.pk, user_id=haeun.pk)
    assert names(find_to_invite(mina, room=founders, typed="하은").inside) == ["하은"]


def test_finding_takes_three_queries_and_one_more_for_an_address(
    mina: Any, founders: Any, haeun: Any, django_assert_num_queries: Any
) -> None:
    for typed, queries in (("haeun", 3), ("haeun@maple.example", 4)):
        with django_assert_num_queries(queries):
            find_to_invite(mina, room=founders, typed=typed)
