using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Benchmarks.EndToEnd;

/// <summary>A connection for loads whose requests depend on answers. Threading: one request at a time.</summary>
internal sealed class TypedConnection(Socket socket) : IDisposable
{
    private const int LengthFieldSize = 4;
    private const string ClientId = "bench";

    private byte[] _answer = new byte[4096];
    private int _correlationId;

    public static async Task<TypedConnection> OpenAsync(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port);
        return new(socket);
    }

    /// <summary>The bytes of a request with its length, for those that are sent again and again.</summary>
    public static byte[] Frame(IRequest request, short version, int correlationId = 0)
    {
        var header = new RequestHeader
        {
            RequestApiKey = (short)request.Api.Key,
            RequestApiVersion = version,
            CorrelationId = correlationId,
            ClientId = ClientId,
        };
        var headerVersion = request.Api.RequestHeaderVersion(version);
        var length = header.Size(headerVersion) + request.Size(version);
        var frame = new byte[LengthFieldSize + length];
        BinaryPrimitives.WriteInt32BigEndian(frame, length);
        var writer = new ProtocolWriter(frame.AsSpan(LengthFieldSize));
        header.Write(ref writer, headerVersion);
        request.Write(ref writer, version);
        return frame;
    }

    public async Task<TResponse> AskAsync<TRequest, TResponse>(TRequest request, short version)
        where TRequest : class, IRequest<TRequest, TResponse>, new()
        where TResponse : class, IResponse, IMessage<TResponse>, new()
    {
        await socket.SendAsync(Frame(request, version, ++_correlationId));
        await ReceiveAsync(LengthFieldSize);
        var length = BinaryPrimitives.ReadInt32BigEndian(_answer);
        if (_answer.Length < length)
        {
            _answer = new byte[length];
        }

        await ReceiveAsync(length);
        return Read<TResponse>(_answer.AsMemory(0, length), version);
    }

    public void Dispose() => socket.Dispose();

    private static TResponse Read<TResponse>(Memory<byte> frame, short version)
        where TResponse : class, IResponse, new()
    {
        var reader = new ProtocolReader(frame, 1 << 26);
        var response = new TResponse();
        var header = new ResponseHeader();
        header.Read(ref reader, response.Api.ResponseHeaderVersion(version));
        response.Read(ref reader, version);
        return response;
    }

    private async Task ReceiveAsync(int length)
    {
        for (var received = 0; received < length;)
        {
            var read = await socket.ReceiveAsync(_answer.AsMemory(received, length - received));
            received += read > 0 ? read : throw new EndOfStreamException("The broker closed the connection.");
        }
    }
}
