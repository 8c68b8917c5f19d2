using System.Buffers.Binary;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Testing.Fuzzing;

namespace ClassicBroker.Protocol.Tests.Fuzz;

/// <summary>
/// Frames of every API and version bent at random, as a broker reads requests and a client reads responses: each is read, and then can be
/// written, or is refused as malformed.
/// </summary>
public sealed class FrameFuzzTests(ITestOutputHelper output)
{
    private const int SelectorLength = 4;

    /// <summary>The budget of the reader, which the header shares, and the objects outside it.</summary>
    private const int AllocatedMax = ProtocolReader.BudgetSlack + (16 * 1024);

    [Fact]
    public void Requests_of_every_api() => Run(
        "Request",
        (api, version, body) => [.. RequestHeader(api, version), .. body],
        frame =>
        {
            var (key, version) = Selector(frame);
            if (!ApiCatalog.TryGet(key, out var api))
            {
                throw new MalformedDataException("api key is not served");
            }

            var reader = new ProtocolReader(frame);
            new RequestHeader().Read(ref reader, api.RequestHeaderVersion(version));
            return api.Supports(version) ? Read(api.NewRequest(), ref reader, version) : throw new MalformedDataException("version is not served");
        });

    /// <summary>The first four bytes say which request a response answers, which its client knows.</summary>
    [Fact]
    public void Responses_of_every_api() => Run(
        "Response",
        (api, version, body) => [.. Selector(api, version), .. ResponseHeader(api, version), .. body],
        frame =>
        {
            var (key, version) = Selector(frame);
            if (!ApiCatalog.TryGet(key, out var api) || !api.Supports(version))
            {
                throw new MalformedDataException("no such request was sent");
            }

            var reader = new ProtocolReader(frame.AsMemory(SelectorLength));
            new ResponseHeader().Read(ref reader, api.ResponseHeaderVersion(version));
            return Read(api.NewResponse(), ref reader, version);
        });

    /// <summary>Reads a message and writes it; tells of which it was, how far the reader came, and how large it is when written.</summary>
    private static int Read(IMessage message, ref ProtocolReader reader, short version)
    {
        try
        {
            message.Read(ref reader, version);
        }
        catch (MalformedDataException)
        {
            return unchecked((message.GetType().Name.Length * 31 * 31) + (version * 31) + Math.Min(reader.Position, 64));
        }

        var bytes = new byte[message.Size(version)];
        var writer = new ProtocolWriter(bytes);
        message.Write(ref writer, version);
        return writer.Position == bytes.Length
            ? -unchecked((message.GetType().Name.Length * 31 * 31) + (version * 31) + Math.Min(bytes.Length / 8, 30))
            : throw new InvalidOperationException("the message is not of the size it told");
    }

    private static (short Key, short Version) Selector(byte[] frame) =>
        frame.Length < SelectorLength
            ? throw new MalformedDataException("too short for a frame")
            : (BinaryPrimitives.ReadInt16BigEndian(frame), BinaryPrimitives.ReadInt16BigEndian(frame.AsSpan(2)));

    private static byte[] Selector(ApiDescriptor api, short version) => [0, (byte)api.Key, 0, (byte)version];

    private static byte[] RequestHeader(ApiDescriptor api, short version) =>
        Write(
            new RequestHeader { RequestApiKey = (short)api.Key, RequestApiVersion = version, CorrelationId = 7, ClientId = "fuzz" },
            api.RequestHeaderVersion(version));

    private static byte[] ResponseHeader(ApiDescriptor api, short version) =>
        Write(new ResponseHeader { CorrelationId = 7 }, api.ResponseHeaderVersion(version));

    private static byte[] Write(IMessage message, short version)
    {
        var bytes = new byte[message.Size(version)];
        var writer = new ProtocolWriter(bytes);
        message.Write(ref writer, version);
        return bytes;
    }

    private void Run(string kind, Func<ApiDescriptor, short, byte[], byte[]> frame, Func<byte[], int> attempt)
    {
        var samples = new List<byte[]>();
        foreach (var api in ApiCatalog.All)
        {
            for (var version = api.MinVersion; version <= api.MaxVersion; version++)
            {
                samples.Add(frame(api, version, Write(new RandomMessages(version).Next(SchemaLibrary.Messages[api.Name + kind], version), version)));
            }
        }

        output.WriteLine(new FuzzCampaign(samples, [], attempt, typeof(MalformedDataException))
        {
            AllocatedMax = AllocatedMax,
            AllocatedPerByte = ProtocolReader.BudgetPerByte + 8,
        }.Run());
    }
}
