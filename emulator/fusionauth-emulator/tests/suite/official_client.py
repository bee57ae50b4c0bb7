"""Sends the requests of a backend with native login through FusionAuth's own Python client to the URL in the first argument."""

import base64
import hashlib
import hmac
import json
import struct
import sys
import urllib.request
import uuid

from fusionauth.fusionauth_client import FusionAuthClient

URL, NOW = sys.argv[1], int(sys.argv[2])
STORE = "10000000-0000-0000-0000-000000000001"
SECRET = "development-only-store-client-secret"
SHOPPER = "20000000-0000-0000-0000-000000000001"
PASSWORD = "correct-horse-battery"
client = FusionAuthClient("development-only-api-key", URL)


def ok(response, status=200):
    assert response.status == status, (response.status, response.error_response)
    return response.success_response


def refused(response, status):
    assert response.status == status, (response.status, response.success_response)
    error = response.error_response
    # The client decodes the JSON of an error only for a 400.
    return error.json() if hasattr(error, "json") and error.content else error


def login(login_id="shopper@example.com", password=PASSWORD):
    return client.login({"applicationId": STORE, "loginId": login_id, "password": password})


def totp(secret):
    tag = hmac.new(secret, struct.pack(">Q", NOW // 30), hashlib.sha1).digest()
    at = tag[-1] & 15
    return "%06d" % ((struct.unpack(">I", tag[at:at + 4])[0] & 0x7FFFFFFF) % 10 ** 6)


def sign_in_and_renew():
    session = ok(login())
    assert session["user"]["id"] == SHOPPER
    refused(login(password="wrong"), 404)
    assert ok(client.validate_jwt(session["token"]))["jwt"]["sub"] == SHOPPER
    renewed = ok(client.exchange_refresh_token_for_jwt({"refreshToken": session["refreshToken"]}))
    assert renewed["refreshTokenId"] == session["refreshTokenId"]
    granted = ok(client.exchange_refresh_token_for_access_token(session["refreshToken"], STORE, SECRET))
    assert granted["userId"] == SHOPPER and granted["token_type"] == "Bearer"
    error = refused(client.exchange_refresh_token_for_access_token(session["refreshToken"], STORE, "wrong"), 401)
    assert error["error"] == "invalid_client"
    listed = ok(client.retrieve_refresh_tokens(SHOPPER))["refreshTokens"]
    assert session["refreshTokenId"] in [it["id"] for it in listed]
    ok(client.logout(False, session["refreshToken"]))
    error = refused(client.exchange_refresh_token_for_jwt({"refreshToken": session["refreshToken"]}), 400)
    assert error["fieldErrors"]["refreshToken"][0]["code"] == "[invalid]refreshToken"


def second_factor():
    started = ok(login("twofactor@example.com"), 242)
    finish = {"applicationId": STORE, "twoFactorId": started["twoFactorId"]}
    refused(client.two_factor_login({**finish, "code": "wrong"}), 421)
    assert "token" in ok(client.two_factor_login({**finish, "code": totp(base64.b64decode("SGVsbG8h3q2+7w=="))}))


def register_and_change_password():
    email = f"{uuid.uuid4()}@example.com"
    refused(client.register({"registration": {"applicationId": STORE}, "user": {"email": email, "password": "short"}}), 400)
    body = {"registration": {"applicationId": STORE}, "skipVerification": True, "user": {"email": email, "password": PASSWORD}}
    made = ok(client.register(body))
    user = made["user"]["id"]
    assert made["registration"]["roles"] == ["user"]
    assert ok(client.retrieve_registration(user, STORE))["registration"]["applicationId"] == STORE
    assert ok(client.retrieve_user_by_login_id(email))["user"]["id"] == user
    before = ok(login(email))
    forgotten = ok(client.forgot_password({"loginId": email, "sendForgotPasswordMessage": False}))
    changed = ok(client.change_password(forgotten["changePasswordId"], {"password": "changed-with-an-id"}))
    refused(client.exchange_refresh_token_for_jwt({"refreshToken": before["refreshToken"]}), 400)
    once = ok(client.login({"applicationId": STORE, "oneTimePassword": changed["oneTimePassword"]}))
    assert once["user"]["id"] == user
    ok(client.change_password_by_identity({"loginId": email, "currentPassword": "changed-with-an-id", "password": PASSWORD}))
    ok(client.check_change_password_using_jwt(ok(login(email))["token"]))
    body = {"currentPassword": PASSWORD, "password": "changed-with-a-token"}
    assert "oneTimePassword" in ok(client.change_password_using_jwt(ok(login(email))["token"], body))
    assert ok(client.patch_user(user, {"user": {"firstName": "Ann"}}))["user"]["firstName"] == "Ann"
    ok(client.deactivate_user(user))
    refused(login(email), 423)
    ok(client.reactivate_user(user))
    ok(login(email, "changed-with-a-token"))
    ok(client.delete_user(user))
    refused(client.retrieve_user(user), 404)


def revoke():
    first, second = ok(login()), ok(login())
    ok(client.revoke_refresh_token_by_id(first["refreshTokenId"]))
    refused(client.exchange_refresh_token_for_jwt({"refreshToken": first["refreshToken"]}), 400)
    ok(client.revoke_refresh_tokens_by_user_id_for_application(SHOPPER, STORE))
    refused(client.exchange_refresh_token_for_jwt({"refreshToken": second["refreshToken"]}), 400)
    third = ok(login())
    ok(client.revoke_refresh_token_by_token(third["refreshToken"]))
    fourth = ok(login())
    ok(client.revoke_refresh_tokens_with_request({"token": fourth["refreshToken"]}))
    fifth = ok(login())
    ok(client.revoke_refresh_tokens_by_user_id(SHOPPER))
    for session in (third, fourth, fifth):
        refused(client.exchange_refresh_token_for_jwt({"refreshToken": session["refreshToken"]}), 400)


def discover():
    keys = ok(client.retrieve_json_web_key_set())["keys"]
    assert [it["alg"] for it in keys] == ["RS256"]
    configuration = ok(client.retrieve_open_id_configuration())
    assert configuration["issuer"] == "storefront.example"
    with urllib.request.urlopen(configuration["jwks_uri"]) as answer:
        assert json.load(answer)["keys"] == keys
    assert len(ok(client.retrieve_jwt_public_keys())["publicKeys"]) == 1
    rules = ok(client.retrieve_password_validation_rules())["passwordValidationRules"]
    assert (rules["minLength"], rules["maxLength"]) == (8, 256)


def administer():
    application = str(uuid.uuid4())
    settings = {"name": application, "passwordlessConfiguration": {"enabled": True}, "roles": [{"name": "reader"}]}
    ok(client.create_application({"application": settings}, application))
    read = ok(client.retrieve_application(application))["application"]
    ok(client.update_application(application, {"application": {**read, "name": f"{application} 2"}}))
    assert application in [it["id"] for it in ok(client.retrieve_applications())["applications"]]
    tenant = ok(client.retrieve_tenants())["tenants"][0]
    ok(client.update_tenant(tenant["id"], {"tenant": tenant}))
    body = {"registration": {"applicationId": application}, "skipVerification": True, "user": {"email": f"{application}@example.com"}}
    user = ok(client.register({**body, "user": {**body["user"], "password": PASSWORD}}))["user"]
    ok(client.update_user(user["id"], {"user": {**user, "lastName": "Archer"}}))
    ok(client.update_registration(user["id"], {"registration": {"applicationId": application, "roles": ["reader"]}}))
    assert ok(client.search_users_by_ids([user["id"], SHOPPER]))["total"] == 2
    query = {"search": {"queryString": user["email"], "numberOfResults": 5, "startRow": 0}}
    assert ok(client.search_users_by_query(query))["users"][0]["lastName"] == "Archer"
    started = ok(client.start_passwordless_login({"applicationId": application, "loginId": user["email"]}))
    ok(client.send_passwordless_code({"code": started["code"]}))
    session = ok(client.passwordless_login({"applicationId": application, "code": started["code"]}))
    assert ok(client.validate_jwt(ok(client.issue_jwt(application, session["token"], ""))["token"]))["jwt"]["sub"] == user["id"]
    ok(client.login_ping(user["id"], application, "192.0.2.1"))
    ok(client.login_ping_with_request({"applicationId": application, "userId": user["id"]}))
    ok(client.retrieve_two_factor_status(user["id"], application, "none"))
    assert ok(client.retrieve_version())["version"]
    ok(client.delete_users_by_query({"hardDelete": True, "userIds": [user["id"]]}))
    ok(client.deactivate_application(application))
    ok(client.reactivate_application(application))
    ok(client.delete_application(application))
    refused(client.retrieve_recent_logins(0, 5), 501)


for step in (sign_in_and_renew, second_factor, register_and_change_password, revoke, discover, administer):
    step()
    print("done:", step.__name__)
