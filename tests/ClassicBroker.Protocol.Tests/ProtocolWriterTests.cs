using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Protocol.Tests;

public sealed class ProtocolWriterTests
{
    [Fact]
    public void External_records_leave_a_splice_in_the_place_of_their_bytes()
    {
        var response = ResponseWith(new(new External(1000)), new(new byte[] { 1, 2, 3 }), new(new External(50)));
        var splices = new PayloadSplices();
        var bytes = new byte[response.Size(12)];
        var writer = new ProtocolWriter(bytes, splices);
        response.Write(ref writer, 12);

        Assert.Equal(bytes.Length, writer.Position);
        Assert.Equal(2, splices.Count);
        Assert.Equal(1050, splices.TotalLength);
        Assert.Equal(1000, splices[0].Payload.Length);

        // Joined again, the message reads as if the bytes had been in memory.
        byte[] joined =
        [
            .. bytes[..splices[0].Position], .. new byte[1000],
            .. bytes[splices[0].Position..splices[1].Position], .. new byte[50],
            .. bytes[splices[1].Position..],
        ];
        var reader = new ProtocolReader(joined);
        var copy = new FetchResponse();
        copy.Read(ref reader, 12);
        Assert.Equal(0, reader.Remaining);
        Assert.Equal([1000, 3, 50], copy.Responses[0].Partitions.Select(partition => partition.Records.Length));
    }

    [Fact]
    public void External_records_need_splices()
    {
        var response = ResponseWith(new RecordsPayload(new External(10)));
        Assert.Throws<InvalidOperationException>(() =>
        {
            var writer = new ProtocolWriter(new byte[response.Size(4)]);
            response.Write(ref writer, 4);
        });
    }

    [Fact]
    public void Records_that_were_read_are_the_writable_bytes_of_the_frame()
    {
        var response = ResponseWith(new RecordsPayload(new byte[] { 1, 2, 3 }));
        var frame = new byte[response.Size(11)];
        var writer = new ProtocolWriter(frame);
        response.Write(ref writer, 11);
        var reader = new ProtocolReader(frame);
        var copy = new FetchResponse();
        copy.Read(ref reader, 11);
        copy.Responses[0].Partitions[0].Records.Memory.Span[2] = 99;
        Assert.Equal(99, frame[^1]);
    }

    [Fact]
    public void Empty_records_and_null_records_are_told_apart()
    {
        Assert.True(RecordsPayload.Null.IsNull);
        Assert.False(RecordsPayload.Empty.IsNull);
        Assert.Equal(ProtocolSize.Records(RecordsPayload.Null, false), ProtocolSize.Records(RecordsPayload.Empty, false));
        var bytes = new byte[8];
        var writer = new ProtocolWriter(bytes);
        writer.WriteRecords(RecordsPayload.Null, flexible: false);
        writer.WriteRecords(RecordsPayload.Empty, flexible: false);
        Assert.Equal([0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0], bytes);
    }

    [Fact]
    public void A_string_longer_than_the_protocol_allows_is_refused() =>
        Assert.Throws<ArgumentException>(() => new SaslHandshakeRequest { Mechanism = new string('x', 32_768) }.Size(1));

    [Fact]
    public void Writing_a_fetch_response_allocates_nothing()
    {
        var response = ResponseWith(new(new External(1000)), new(new byte[] { 1, 2, 3 }));
        var splices = new PayloadSplices();
        var bytes = new byte[response.Size(16)];
        WriteOnce();
        var before = GC.GetAllocatedBytesForCurrentThread();
        WriteOnce();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void WriteOnce()
        {
            splices.Clear();
            Assert.True(response.Size(16) == bytes.Length);
            var writer = new ProtocolWriter(bytes, splices);
            response.Write(ref writer, 16);
        }
    }

    private static FetchResponse ResponseWith(params RecordsPayload[] records) => new()
    {
        Responses =
        [
            new()
            {
                Partitions = [.. records.Select((payload, i) => new FetchResponse.PartitionData { PartitionIndex = i, Records = payload })],
            },
        ],
    };

    private sealed record External(int Length) : IPayload;
}
