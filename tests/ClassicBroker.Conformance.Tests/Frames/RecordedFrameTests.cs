using System.Buffers.Binary;
using ClassicBroker.Conformance.Tests.Differences;
using ClassicBroker.Conformance.Tests.Recordings;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Conformance.Tests.Frames;

/// <summary>
/// Every frame that went to or came from a recorded Kafka is read to its last byte and written again byte for byte. What Kafka could not
/// read either (it closed the connection, or answered that it does not know the version) must not be readable here.
/// </summary>
public sealed class RecordedFrameTests(ITestOutputHelper output)
{
    private const long Budget = 1 << 26;

    [Fact]
    public void Frames_are_read_whole_and_written_alike()
    {
        var report = new ConformanceReport("frames");
        foreach (var exchange in RecordingArchive.Names.SelectMany(RecordingArchive.Read))
        {
            Check(report, exchange);
        }

        report.Verify(output);
    }

    private static void Check(ConformanceReport report, RecordedExchange exchange)
    {
        var key = BinaryPrimitives.ReadInt16BigEndian(exchange.Request);
        var version = BinaryPrimitives.ReadInt16BigEndian(exchange.Request.AsSpan(2));
        if (!ApiCatalog.TryGet(key, out var api) || !api.Supports(version))
        {
            report.Compare($"{exchange} request", IsRefused(exchange) ? "refused" : "known", "refused");
            return;
        }

        var request = Rewritten(exchange.Request, api.NewRequest(), new RequestHeader(), version, api.RequestHeaderVersion(version));
        report.Compare($"{exchange} request", exchange.Response is null && request is null ? "unreadable" : Hex(exchange.Request), Hex(request));
        if (exchange.Response is { } response)
        {
            var answered = IsRefused(exchange) ? (short)0 : version;
            var written = Rewritten(response, api.NewResponse(), new ResponseHeader(), answered, api.ResponseHeaderVersion(answered));
            report.Compare($"{exchange} response", Hex(response), Hex(written));
        }
    }

    /// <summary>
    /// Kafka closed the connection, or answered in version 0 of ApiVersions that it does not know the version.
    /// </summary>
    private static bool IsRefused(RecordedExchange exchange) =>
        exchange.Response is not { } response
        || (BinaryPrimitives.ReadInt16BigEndian(exchange.Request) == (short)ApiKey.ApiVersions
            && BinaryPrimitives.ReadInt16BigEndian(response.AsSpan(4)) == (short)ErrorCode.UnsupportedVersion);

    private static string Hex(byte[]? frame) => frame is null ? "unreadable" : Convert.ToHexStringLower(frame);

    private static byte[]? Rewritten(byte[] frame, IMessage body, IMessage header, short version, short headerVersion)
    {
        try
        {
            var reader = new ProtocolReader(frame.ToArray(), Budget);
            header.Read(ref reader, headerVersion);
            body.Read(ref reader, version);
            return reader.Remaining == 0 ? Write(header, headerVersion, body, version) : null;
        }
        catch (MalformedDataException)
        {
            return null;
        }
    }

    private static byte[] Write(IMessage header, short headerVersion, IMessage body, short version)
    {
        var bytes = new byte[header.Size(headerVersion) + body.Size(version)];
        var writer = new ProtocolWriter(bytes);
        header.Write(ref writer, headerVersion);
        body.Write(ref writer, version);
        return bytes;
    }
}
