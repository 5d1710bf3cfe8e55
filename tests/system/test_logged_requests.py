"""What a server logs about requests that it refuses."""

import urllib.error
import urllib.request

import pytest

from tests.harness.team import Team

TOKEN = "a" * 32


def test_a_form_without_a_boundary_is_one_line_of_the_log(team: Team) -> None:
    server = team.installation.start_server()
    request = urllib.request.Request(
        f"http://127.0.0.1:{server.port}/accounts/login/",
        data=b"x",
        headers={
            "Content-Type": "multipart/form-data; boundary=",
            "Cookie": f"csrftoken={TOKEN}",
            "X-CSRFToken": TOKEN,
        },
    )
    with pytest.raises(urllib.error.HTTPError, match="400"):
        urllib.request.urlopen(request)
    assert "Unable to parse" in server.output(), server.output()
    assert "Traceback" not in server.output()
