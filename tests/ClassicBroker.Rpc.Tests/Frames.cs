using System.Buffers.Binary;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Rpc.Tests;

/// <summary>Requests and responses as bytes, length field included, for tests that play the peer.</summary>
internal static class Frames
{
    private const int LengthFieldSize = 4;

    public static byte[] Request(IRequest request, short version, int correlationId, string? clientId = "test")
    {
        var header = new RequestHeader
        {
            RequestApiKey = (short)request.Api.Key,
            RequestApiVersion = version,
            CorrelationId = correlationId,
            ClientId = clientId,
        };
        return Frame(header, request.Api.RequestHeaderVersion(version), request, version);
    }

    public static byte[] Response(IResponse response, short version, int correlationId) =>
        Frame(new ResponseHeader { CorrelationId = correlationId }, response.Api.ResponseHeaderVersion(version), response, version);

    /// <summary>A frame with any content.</summary>
    public static byte[] Raw(params byte[] content)
    {
        var frame = new byte[LengthFieldSize + content.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, content.Length);
        content.CopyTo(frame, LengthFieldSize);
        return frame;
    }

    /// <summary>Splits a stream into the contents of its frames.</summary>
    public static List<byte[]> Split(byte[] stream)
    {
        var frames = new List<byte[]>();
        for (var position = 0; position < stream.Length;)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(stream.AsSpan(position));
            frames.Add(stream[(position + LengthFieldSize)..(position + LengthFieldSize + length)]);
            position += LengthFieldSize + length;
        }

        return frames;
    }

    public static (int CorrelationId, TResponse Body) ReadResponse<TResponse>(byte[] frame, short version)
        where TResponse : class, IResponse, new()
    {
        var reader = new ProtocolReader(frame, 1 << 20);
        var header = new ResponseHeader();
        var body = new TResponse();
        header.Read(ref reader, body.Api.ResponseHeaderVersion(version));
        body.Read(ref reader, version);
        Assert.Equal(0, reader.Remaining);
        return (header.CorrelationId, body);
    }

    public static (RequestHeader Header, IRequest Body) ReadRequest(byte[] frame)
    {
        Assert.True(ApiCatalog.TryGet(BinaryPrimitives.ReadInt16BigEndian(frame), out var api));
        var reader = new ProtocolReader(frame, 1 << 20);
        var header = new RequestHeader();
        header.Read(ref reader, api.RequestHeaderVersion(BinaryPrimitives.ReadInt16BigEndian(frame.AsSpan(2))));
        var body = api.NewRequest();
        body.Read(ref reader, header.RequestApiVersion);
        return (header, body);
    }

    private static byte[] Frame(IMessage header, short headerVersion, IMessage body, short version)
    {
        var content = new byte[header.Size(headerVersion) + body.Size(version)];
        var writer = new ProtocolWriter(content);
        header.Write(ref writer, headerVersion);
        body.Write(ref writer, version);
        return Raw(content);
    }
}
