using BenchmarkDotNet.Attributes;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Benchmarks.Protocol;

/// <summary>What a message costs besides its records: a produce as a Java producer sends it, a fetch response of ten partitions.</summary>
[MemoryDiagnoser]
public class MessageBenchmarks
{
    private const short ProduceVersion = 9;
    private const short FetchVersion = 12;

    private readonly byte[] _produce = Encode(
        new ProduceRequest
        {
            Acks = -1,
            TimeoutMs = 30_000,
            TopicData = [new() { Name = "orders", PartitionData = [new() { Index = 3, Records = new byte[64 * 1024] }] }],
        },
        ProduceVersion);

    private readonly FetchResponse _fetch = new()
    {
        Responses =
        [
            new()
            {
                Topic = "orders",
                Partitions = [.. Enumerable.Range(0, 10).Select(i => new FetchResponse.PartitionData { PartitionIndex = i, Records = new byte[16] })],
            },
        ],
    };

    private readonly byte[] _buffer = new byte[4096];

    [Benchmark]
    public int ReadProduceOf64KiB()
    {
        var reader = new ProtocolReader(_produce);
        var request = new ProduceRequest();
        request.Read(ref reader, ProduceVersion);
        return request.TopicData[0].PartitionData[0].Records.Length;
    }

    [Benchmark]
    public int WriteFetchOfTenPartitions()
    {
        var size = _fetch.Size(FetchVersion);
        var writer = new ProtocolWriter(_buffer.AsSpan(0, size));
        _fetch.Write(ref writer, FetchVersion);
        return writer.Position;
    }

    private static byte[] Encode(IMessage message, short version)
    {
        var bytes = new byte[message.Size(version)];
        var writer = new ProtocolWriter(bytes);
        message.Write(ref writer, version);
        return bytes;
    }
}
