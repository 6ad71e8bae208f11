"""Clients that people learn with. Arguments: the client, the address of the servers, a directory with key.pem of SSH."""

import ftplib
import imaplib
import io
import poplib
import smtplib
import socket
import ssl
import sys

CLIENT, ADDRESS, FOLDER = sys.argv[1:4]


def requests_():
    import requests

    url = f"http://{ADDRESS}"
    with requests.Session() as session:
        session.get(url + "/hello")
        session.post(url + "/form", data={"user": "kim", "password": "s3cret-web"})
        session.put(url + "/file", data=b"content")
        session.delete(url + "/file")
        session.get(url + "/nothing")


def plain_socket():
    with socket.create_connection((ADDRESS, 7007)) as connection:
        connection.sendall("김\n".encode())
        connection.recv(100)


def use_ftp(client):
    client.storbinary("STOR up.txt", io.BytesIO(b"hello\n" * 100))
    client.retrbinary("RETR up.txt", lambda _: None)
    client.retrlines("LIST", lambda _: None)
    client.mkd("new")
    client.rmd("new")
    client.delete("up.txt")
    client.quit()


def ftp():
    client = ftplib.FTP(ADDRESS)
    client.login("kim", "s3cret-ftp")
    use_ftp(client)


def anything_goes():
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def ftp_tls():
    client = ftplib.FTP_TLS(context=anything_goes())
    client.connect(ADDRESS, 2121)
    client.login("kim", "s3cret-ftp")
    client.prot_p()
    client.retrlines("LIST", lambda _: None)
    client.quit()


def sftp():
    import paramiko

    client = paramiko.SSHClient()
    client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
    client.connect(ADDRESS, username="root", key_filename=FOLDER + "/id", look_for_keys=False, allow_agent=False)
    files = client.open_sftp()
    files.listdir(FOLDER)
    files.putfo(io.BytesIO(b"hello\n"), FOLDER + "/put.txt")
    files.getfo(FOLDER + "/put.txt", io.BytesIO())
    files.remove(FOLDER + "/put.txt")
    client.close()


def smtp():
    with smtplib.SMTP(ADDRESS, 587) as client:
        client.starttls(context=anything_goes())
        client.login("kim", "s3cret-mail")
        client.sendmail("kim@example.kr", ["lee@example.kr"], "Subject: hello\r\n\r\nGood day.\r\n")


def imap():
    client = imaplib.IMAP4(ADDRESS)
    client.login("kim", "s3cret-imap")
    client.append("INBOX", None, None, b"Subject: hello\r\n\r\nGood day.\r\n")
    client.select("INBOX")
    client.fetch("1", "(RFC822)")
    client.logout()


def pop():
    client = poplib.POP3(ADDRESS)
    client.user("kim")
    client.pass_("s3cret-imap")
    client.list()
    client.retr(1)
    client.quit()


{"requests": requests_, "socket": plain_socket}.get(CLIENT, globals().get(CLIENT))()
