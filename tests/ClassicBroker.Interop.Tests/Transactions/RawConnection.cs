using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Interop.Tests.Transactions;

/// <summary>Requests by hand, one at a time: what no client would send. One test owns it.</summary>
internal sealed class RawConnection : IDisposable
{
    private const int LengthFieldSize = 4;
    private const int ReadTimeoutMs = 30_000;

    private readonly TcpClient _socket = new();
    private readonly NetworkStream _stream;
    private int _correlationId;

    public RawConnection(int port)
    {
        _socket.Connect(IPAddress.Loopback, port);
        _stream = _socket.GetStream();
        _stream.ReadTimeout = ReadTimeoutMs;
    }

    public TResponse Ask<TRequest, TResponse>(TRequest request, short version)
        where TRequest : class, IRequest<TRequest, TResponse>, new()
        where TResponse : class, IResponse, IMessage<TResponse>, new()
    {
        var header = new RequestHeader
        {
            RequestApiKey = (short)request.Api.Key,
            RequestApiVersion = version,
            CorrelationId = ++_correlationId,
            ClientId = "by-hand",
        };
        var headerVersion = request.Api.RequestHeaderVersion(version);
        var length = header.Size(headerVersion) + request.Size(version);
        var frame = new byte[LengthFieldSize + length];
        BinaryPrimitives.WriteInt32BigEndian(frame, length);
        var writer = new ProtocolWriter(frame.AsSpan(LengthFieldSize));
        header.Write(ref writer, headerVersion);
        request.Write(ref writer, version);
        _stream.Write(frame);

        var prefix = new byte[LengthFieldSize];
        _stream.ReadExactly(prefix);
        var answer = new byte[BinaryPrimitives.ReadInt32BigEndian(prefix)];
        _stream.ReadExactly(answer);
        var reader = new ProtocolReader(answer, answer.Length * 16);
        var response = new TResponse();
        var responseHeader = new ResponseHeader();
        responseHeader.Read(ref reader, response.Api.ResponseHeaderVersion(version));
        response.Read(ref reader, version);
        return response;
    }

    public void Dispose() => _socket.Dispose();
}
