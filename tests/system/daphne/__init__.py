"""
Daphne's own tests of HTTP and WebSockets, on our server.

`http_base.py`, `http_strategies.py` and the three modules of tests are those of Daphne 4.2.3, under the licence in
LICENSE. Changed are the imports, so that `testing.py` starts our server, and the timeouts, which were made for an idle
machine; connections are closed, and Hypothesis does not shrink what fails. `conftest.py` names the tests that our
server fails on purpose, and why.
"""
