"""Who asks, and about what: schemathesis makes up the requests, this gives them a session and
ids that exist. WHO is admin, customer or nobody; the portal is a throw-away of tests/schemathesis/run."""

import atexit
import collections
import json
import os
import random
import urllib.error
import urllib.request

import schemathesis

URL = os.environ["PORTAL_URL"]
WHO = os.environ["WHO"]
EMAIL = {"admin": "ada@portal.test", "customer": "carl@portal.test"}.get(WHO)
PASSWORD = os.environ["PORTAL_PASSWORD"]
# Path by its first part, then ids of things that are there.
IDS = json.loads(os.environ["PORTAL_IDS"])
RANDOM = random.Random(20261127)


class Browser:
    """Signs in again whenever a made-up request has signed it out."""

    cookie = None

    def sign_in(self):
        body = json.dumps({"email": EMAIL, "password": PASSWORD}).encode()
        request = urllib.request.Request(f"{URL}/api/v1/session", body, {"content-type": "application/json"})
        with urllib.request.urlopen(request) as answer:
            self.cookie = answer.headers["set-cookie"].split(";")[0]


BROWSER = Browser()


@schemathesis.hook
def before_call(context, case, kwargs):
    if EMAIL is None:
        return
    if BROWSER.cookie is None:
        BROWSER.sign_in()
    # A made-up bearer's token would be all that the portal looks at; nobody sends those.
    for name in [name for name in case.headers if name.lower() == "authorization"]:
        del case.headers[name]
    case.headers["cookie"] = BROWSER.cookie


# How the portal answered, and which operations did what was asked at least once.
STATUSES = collections.Counter()
DONE = set()


@schemathesis.hook
def after_call(context, case, response):
    STATUSES[response.status_code] += 1
    if response.status_code < 300:
        DONE.add(f"{case.method} {case.operation.path}")
    # Whatever ended the session, or gave it a new token: the next request begins anew.
    if EMAIL and (response.status_code == 401 or "set-cookie" in response.headers):
        BROWSER.cookie = None


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    """Every other time something that exists, so that more than 404 is tried."""
    known = IDS.get(context.operation.path.strip("/").split("/")[0], [])
    if path_parameters and known and RANDOM.random() < 0.5:
        for name in path_parameters:
            kind = IDS.get({"project_id": "projects", "user_id": "users"}.get(name, ""), known)
            path_parameters[name] = RANDOM.choice(kind)
    return path_parameters


@atexit.register
def tell():
    """One line for the reader, and a file for whoever must know that this was no empty exercise."""
    counts = ", ".join(f"{n} × {status}" for status, n in sorted(STATUSES.items()))
    print(f"as {WHO}: {counts}; {len(DONE)} operations did what was asked")
    with open(os.environ["DONE_FILE"], "w", encoding="utf-8") as file:
        file.write("\n".join(sorted(DONE)) + "\n")
