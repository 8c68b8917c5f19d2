using System.Text.Json;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Protocol.Tests;

/// <summary>Frames recorded between real Kafka 2.2.2 and its clients: read to the last byte, and written again byte for byte.</summary>
public sealed class GoldenFrameTests
{
    public static TheoryData<string> Files =>
        [.. Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Golden", "Frames")).Select(path => Path.GetFileName(path)).Order()];

    [Theory]
    [MemberData(nameof(Files))]
    public void Recorded_frames_are_read_whole_and_written_alike(string file)
    {
        foreach (var line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Golden", "Frames", file)))
        {
            using var json = JsonDocument.Parse(line);
            var request = Convert.FromHexString(json.RootElement.GetProperty("request").GetString()!);
            var response = Convert.FromHexString(json.RootElement.GetProperty("response").GetString()!);
            var (api, version, correlationId) = CheckRequest(request);
            Assert.Equal(file, $"{(short)api.Key:000}-v{version:00}.jsonl");
            CheckResponse(response, api, version, correlationId);
        }
    }

    [Fact]
    public void A_broker_that_does_not_know_the_version_of_ApiVersions_answers_in_version_0()
    {
        var line = File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Golden", "Frames", "018-v03.jsonl")).First();
        using var json = JsonDocument.Parse(line);
        var reader = new ProtocolReader(Convert.FromHexString(json.RootElement.GetProperty("response").GetString()!));
        new ResponseHeader().Read(ref reader, 0);
        var response = new ApiVersionsResponse();
        response.Read(ref reader, 0);
        Assert.Equal(Primitives.ErrorCode.UnsupportedVersion, response.ErrorCode);
        Assert.Empty(response.ApiKeys);
    }

    private static (ApiDescriptor Api, short Version, int CorrelationId) CheckRequest(byte[] frame)
    {
        var key = System.Buffers.Binary.BinaryPrimitives.ReadInt16BigEndian(frame);
        var version = System.Buffers.Binary.BinaryPrimitives.ReadInt16BigEndian(frame.AsSpan(2));
        Assert.True(ApiCatalog.TryGet(key, out var api));
        var headerVersion = api.RequestHeaderVersion(version);
        var header = new RequestHeader();
        var body = api.NewRequest();
        var reader = new ProtocolReader(frame);
        header.Read(ref reader, headerVersion);
        body.Read(ref reader, version);
        Assert.Equal(0, reader.Remaining);
        Assert.Equal(frame, Write(header, headerVersion, body, version));
        return (api, version, header.CorrelationId);
    }

    private static void CheckResponse(byte[] frame, ApiDescriptor api, short version, int correlationId)
    {
        // Kafka 2.2 ends at ApiVersions 2 and answers what is above in version 0.
        var answered = api.Key == ApiKey.ApiVersions && version > 2 ? (short)0 : version;
        var headerVersion = api.ResponseHeaderVersion(answered);
        var header = new ResponseHeader();
        var body = api.NewResponse();
        var reader = new ProtocolReader(frame);
        header.Read(ref reader, headerVersion);
        body.Read(ref reader, answered);
        Assert.Equal(correlationId, header.CorrelationId);
        Assert.Equal(0, reader.Remaining);
        Assert.Equal(frame, Write(header, headerVersion, body, answered));
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
