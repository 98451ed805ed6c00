//! Connections: given up when their client is silent, so that slow clients can't use them all up.
//!
//! hyper's own deadline covers the headers of a request once it knows the protocol; this covers
//! what it does not: the first bytes of a connection, and a client that stops taking the answer.

use std::{
    future::Future,
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use axum_server::accept::Accept;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{Instant, Sleep, sleep},
};

/// The first request's headers come within this.
pub const HEADERS: Duration = Duration::from_secs(10);
/// Later, nothing may stand still for longer than this, in either direction.
const SILENCE: Duration = Duration::from_mins(1);
/// As many bytes as hyper needs to tell HTTP/1 from HTTP/2.
const PREFACE: usize = 24;

/// Wraps each accepted connection in a [`Watched`].
#[derive(Debug, Clone, Copy)]
pub struct WatchedAcceptor;

impl<S: Send + 'static> Accept<TcpStream, S> for WatchedAcceptor {
    type Stream = Watched<TcpStream>;
    type Service = S;
    type Future = std::future::Ready<io::Result<(Self::Stream, S)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        // Small answers go out at once; a socket that can't be set still works.
        let _ = stream.set_nodelay(true);
        std::future::ready(Ok((Watched::new(stream), service)))
    }
}

/// A connection that fails when it stands still for too long.
pub struct Watched<T> {
    inner: T,
    read: usize,
    silence: Duration,
    alarm: Pin<Box<Sleep>>,
}

impl<T> Watched<T> {
    fn new(inner: T) -> Self {
        Self::with_patience(inner, HEADERS, SILENCE)
    }

    fn with_patience(inner: T, first: Duration, silence: Duration) -> Self {
        Self { inner, read: 0, silence, alarm: Box::pin(sleep(first)) }
    }

    /// Puts the alarm off, unless the connection is still in its first bytes.
    fn moved(&mut self) {
        if self.read >= PREFACE {
            self.alarm.as_mut().reset(Instant::now() + self.silence);
        }
    }

    /// What a poll that brought nothing comes to.
    fn waiting<R>(&mut self, context: &mut Context<'_>) -> Poll<io::Result<R>> {
        match self.alarm.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Watched<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        match Pin::new(&mut self.inner).poll_read(context, buffer) {
            Poll::Pending => self.waiting(context),
            ready @ Poll::Ready(_) => {
                self.read = self.read.saturating_add(buffer.filled().len() - before);
                self.moved();
                ready
            }
        }
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Watched<T> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match Pin::new(&mut self.inner).poll_write(context, bytes) {
            Poll::Pending => self.waiting(context),
            ready @ Poll::Ready(_) => {
                self.moved();
                ready
            }
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match Pin::new(&mut self.inner).poll_write_vectored(context, slices) {
            Poll::Pending => self.waiting(context),
            ready @ Poll::Ready(_) => {
                self.moved();
                ready
            }
        }
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match Pin::new(&mut self.inner).poll_flush(context) {
            Poll::Pending => self.waiting(context),
            ready @ Poll::Ready(_) => ready,
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match Pin::new(&mut self.inner).poll_shutdown(context) {
            Poll::Pending => self.waiting(context),
            ready @ Poll::Ready(_) => ready,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    const SHORT: Duration = Duration::from_millis(60);
    const LONG: Duration = Duration::from_mins(10);

    #[tokio::test]
    async fn a_client_that_says_nothing_is_cut_off() {
        let (server, _client) = duplex(64);
        let error = Watched::with_patience(server, SHORT, LONG).read_u8().await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn dripping_the_first_bytes_does_not_buy_time() {
        let (server, mut client) = duplex(64);
        let drip = tokio::spawn(async move {
            while client.write_all(b"P").await.is_ok() {
                sleep(SHORT / 3).await;
            }
        });
        let mut server = Watched::with_patience(server, SHORT, LONG);
        let mut bytes = 0;
        while server.read_u8().await.is_ok() {
            bytes += 1;
        }
        assert!(bytes < PREFACE, "{bytes} bytes were waited for one by one");
        drip.abort();
    }

    #[tokio::test]
    async fn a_client_that_stops_taking_the_answer_is_cut_off() {
        let (server, mut client) = duplex(64);
        client.write_all(&[b'x'; 30]).await.unwrap();
        let mut server = Watched::with_patience(server, LONG, SHORT);
        server.read_exact(&mut [0; 30]).await.unwrap();
        let error = server.write_all(&[b'y'; 4096]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }
}
