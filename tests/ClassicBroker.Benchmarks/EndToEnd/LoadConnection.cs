using System.Buffers.Binary;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using ClassicBroker.Testing.Security;

namespace ClassicBroker.Benchmarks.EndToEnd;

/// <summary>
/// One blocking connection of the load generator. It speaks the protocol in prepared bytes, so that nothing of the product is part of
/// the load. Threading: one thread sends, one receives.
/// </summary>
internal sealed class LoadConnection : IDisposable
{
    private readonly Socket _socket;
    private readonly Stream _stream;
    private readonly byte[] _received = new byte[1 << 20];

    private LoadConnection(Socket socket, Stream stream)
    {
        _socket = socket;
        _stream = stream;
    }

    public static LoadConnection Open(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(IPAddress.Loopback, port);
        return new(socket, new NetworkStream(socket));
    }

    /// <summary>The same, logged in by SCRAM, over TLS where asked.</summary>
    public static LoadConnection OpenSasl(int port, ScramUser user, bool tls)
    {
        var connection = tls ? OpenTls(port) : Open(port);
        return user.LogInAsync(connection._stream).GetAwaiter().GetResult() == 0
            ? connection
            : throw new InvalidOperationException("The broker refuses the login.");
    }

    /// <summary>The same through TLS, with the benchmark's own certificate at the other end.</summary>
    public static LoadConnection OpenTls(int port)
    {
        var plain = Open(port);
        var secured = new SslStream(plain._stream, false, (_, certificate, _, _) => certificate?.Subject == "CN=localhost");
        secured.AuthenticateAsClient("localhost");
        return new(plain._socket, secured);
    }

    public void Send(ReadOnlySpan<byte> frame) => _stream.Write(frame);

    /// <summary>Reads a frame's length and up to <paramref name="head"/>.Length of its first bytes; throws the rest away. Returns the length.</summary>
    public int Receive(Span<byte> head)
    {
        Span<byte> prefix = stackalloc byte[4];
        _stream.ReadExactly(prefix);
        var length = BinaryPrimitives.ReadInt32BigEndian(prefix);
        var kept = Math.Min(length, head.Length);
        _stream.ReadExactly(head[..kept]);
        for (var left = length - kept; left > 0;)
        {
            var read = _stream.Read(_received.AsSpan(0, Math.Min(left, _received.Length)));
            if (read == 0)
            {
                throw new EndOfStreamException("The server closed the connection.");
            }

            left -= read;
        }

        return length;
    }

    public void Dispose()
    {
        _stream.Dispose();
        _socket.Dispose();
    }
}
