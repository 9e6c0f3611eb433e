"""Sends netlink messages to this machine's kernel, for tests of the encoders.

Reads JSON from stdin: a list of steps, run in order in this process's network namespace.
  {"send": HEX, "protocol": 0 rtnetlink | 12 netfilter}   -> hex of all replies
  {"run": [argv]}                                         -> its stdout; a failure ends the script
"{PEER}" in argv becomes the pid of a child that lives in a second network namespace, and the descriptor numbered 1000 is
that namespace; the same number is what messages may name. The pid is put where a message holds the bytes 0x7eedbeef.
"""

import json, os, socket, subprocess, sys

hold_read, hold_write = os.pipe()
ready_read, ready_write = os.pipe()
peer = os.fork()
if peer == 0:
    os.close(hold_write)
    import ctypes

    if ctypes.CDLL(None, use_errno=True).unshare(0x40000000) != 0:
        sys.exit("unshare: " + os.strerror(ctypes.get_errno()))
    os.write(ready_write, b".")
    os.read(hold_read, 1)
    os._exit(0)
os.read(ready_read, 1)
os.dup2(os.open(f"/proc/{peer}/ns/net", os.O_RDONLY), 1000)


def send(protocol, message):
    sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, protocol)
    sock.setsockopt(270, 11, 1)  # SOL_NETLINK, NETLINK_EXT_ACK
    sock.send(message.replace(bytes.fromhex("efbeed7e"), peer.to_bytes(4, sys.byteorder)))
    replies = b""
    try:  # requests are handled before send returns, and each dump goes on when the former part has been read
        while True:
            replies += sock.recv(1 << 20, socket.MSG_DONTWAIT)
    except BlockingIOError:
        return replies.hex()


results = []
for step in json.load(sys.stdin):
    if "send" in step:
        results.append(send(step["protocol"], bytes.fromhex(step["send"])))
    else:
        argv = [word.replace("{PEER}", str(peer)) for word in step["run"]]
        results.append(subprocess.run(argv, check=True, stdout=subprocess.PIPE, text=True).stdout)
json.dump(results, sys.stdout)
