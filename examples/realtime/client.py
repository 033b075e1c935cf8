#!/usr/bin/env python3
"""Calls the real-time interface of Mingcha: signs a message, sends it, prints what a doctor would read.

    python3 client.py http://127.0.0.1:8700 3101.json
    MINGCHA_KEY=… MINGCHA_SECRET=… python3 client.py https://host 3102.json
"""

import hashlib, hmac, json, os, sys, time, urllib.error, urllib.request, uuid


def call(base, message):
    path, body = f"/fsi/{message['infno']}", json.dumps(message, ensure_ascii=False).encode()
    headers = {"content-type": "application/json"}
    if key := os.environ.get("MINGCHA_KEY"):
        now, nonce = str(int(time.time())), uuid.uuid4().hex
        signed = "\n".join([path, now, nonce, hashlib.sha256(body).hexdigest()])
        code = hmac.new(os.environ["MINGCHA_SECRET"].encode(), signed.encode(), hashlib.sha256)
        headers |= {"x-mc-key": key, "x-mc-timestamp": now, "x-mc-nonce": nonce, "x-mc-signature": code.hexdigest()}
    try:
        with urllib.request.urlopen(urllib.request.Request(base + path, body, headers), timeout=5) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as refused:
        return json.load(refused)


reply = call(sys.argv[1].rstrip("/"), json.load(open(sys.argv[2], encoding="utf-8")))
print("infcode", reply["infcode"], reply["err_msg"], reply["warn_msg"])
for found in reply["output"].get("result", []):
    print(f"[{found['sev_deg']}] {found['rule_name']}  {found['vola_amt']:.2f} 元  {found['jr_id']}\n    {found['vola_cont']}\n    {found['vola_evid']}")
