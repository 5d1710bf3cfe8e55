"""Measures the site's password hash, the lower bound of a sign-in: `python -m bench.password` prints seconds."""

import json
import sys
import time

import django

django.setup()

from django.contrib.auth.hashers import check_password, make_password  # noqa: E402

ROUNDS = 10

if __name__ == "__main__":
    encoded = make_password("the floor is warm")
    began = time.process_time()
    for _ in range(ROUNDS):
        check_password("the floor is warm", encoded)
    json.dump({"seconds": (time.process_time() - began) / ROUNDS}, sys.stdout)
