using System.Buffers.Binary;
using ClassicBroker.Client.Consumer;
using ClassicBroker.Primitives;
using ClassicBroker.Records;

namespace ClassicBroker.Client.Tests.Consumer;

/// <summary>What a record costs the heap on its way from a fetched batch to the application.</summary>
public sealed class RecordDecoderTests
{
    private const int Count = 1000;
    private const int TextLength = 25;

    /// <summary>A string of .NET: two words, its length, its characters and a zero, rounded up to words.</summary>
    private const int TextBytes = (16 + 4 + (2 * (TextLength + 1)) + 7) / 8 * 8;

    [Fact]
    public void A_string_is_the_one_object_of_its_record() => Assert.Equal(TextBytes, AllocatedPerRecord(Serdes.String));

    [Fact]
    public void A_value_read_from_its_bytes_costs_nothing() => Assert.Equal(0, AllocatedPerRecord(new FirstBytes()));

    /// <summary>Rounded down: a batch has its own little share.</summary>
    private static long AllocatedPerRecord<T>(IDeserializer<T> values)
    {
        var builder = new RecordBatchBuilder();
        for (var i = 0; i < Count; i++)
        {
            builder.Append(1000, NullableBytes.Null, System.Text.Encoding.UTF8.GetBytes(new string('x', TextLength)));
        }

        var fetch = new CompletedFetch(new AssignedPartition(new("t", 0)), 0, 0, builder.Build().ToArray(), [], new MemoryStream());
        var decoder = new RecordDecoder<object?, T>(new ConsumerConfig(), Serdes.Null, values);
        List<ConsumerRecord<object?, T>> records = new(Count);
        Decode(decoder, fetch, records);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Decode(decoder, fetch, records);
        return (GC.GetAllocatedBytesForCurrentThread() - before) / Count;
    }

    private static void Decode<T>(RecordDecoder<object?, T> decoder, CompletedFetch fetch, List<ConsumerRecord<object?, T>> records)
    {
        records.Clear();
        decoder.Start(fetch);
        Assert.True(decoder.DecodeBatch(records));
        Assert.Equal(Count, records.Count);
    }

    private sealed class FirstBytes : IDeserializer<int>
    {
        public int Deserialize(ReadOnlySpan<byte> data, bool isNull) => BinaryPrimitives.ReadInt32BigEndian(data);
    }
}
