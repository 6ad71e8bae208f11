//! The application layer: protocols between programs.

pub(crate) mod bgp;
pub(crate) mod data;
pub(crate) mod data_text_lines;
pub(crate) mod dhcp;
pub(crate) mod dns;
pub(crate) mod dns_stream;
pub(crate) mod dropbox_discovery;
pub(crate) mod dtls;
pub(crate) mod ftp;
pub(crate) mod ftp_data;
pub(crate) mod gtp;
pub(crate) mod http;
pub(crate) mod http2;
pub(crate) mod image_gif;
pub(crate) mod image_jfif;
pub(crate) mod imap;
pub(crate) mod imf;
pub(crate) mod json;
pub(crate) mod llmnr;
pub(crate) mod mdns;
pub(crate) mod media;
pub(crate) mod mime_multipart;
pub(crate) mod ntp;
#[cfg(test)]
pub(crate) mod parley;
pub(crate) mod png;
pub(crate) mod pop;
pub(crate) mod proxy;
pub(crate) mod quic;
pub(crate) mod resp;
pub(crate) mod rip;
pub(crate) mod ripng;
pub(crate) mod smtp;
pub(crate) mod ssdp;
pub(crate) mod ssh;
pub(crate) mod telnet;
pub(crate) mod tls;
pub(crate) mod urlencoded_form;
pub(crate) mod websocket;
pub(crate) mod xml;

// Parts of them.
pub(crate) mod ascii;
pub(crate) mod coding;
pub(crate) mod encoded_word;
pub(crate) mod escape;
pub(crate) mod image;
pub(crate) mod line;
pub(crate) mod message;
pub(crate) mod passwords;
pub(crate) mod starttls;
pub(crate) mod transfer;
pub(crate) mod undeclared_text;
