using System.Buffers.Binary;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Protocol.Tests;

/// <summary>
/// Hostile bytes: every message, cut and bent, is read or refused with the one typed exception, never anything else, and never
/// allocates more than its budget.
/// </summary>
public sealed class MalformedInputTests
{
    // The message object itself and the exception that reports the refusal.
    private const int ObjectsOutsideBudget = 8 * 1024;

    public static TheoryData<string> MessageNames => SchemaLibrary.MessageNames;

    [Theory]
    [MemberData(nameof(MessageNames))]
    public void Messages_cut_at_any_byte_are_refused(string name)
    {
        var schema = SchemaLibrary.Messages[name];
        foreach (var version in SchemaLibrary.VersionsOf(schema))
        {
            var bytes = SchemaEncoder.Encode(schema, new RandomMessages(7).Next(schema, version), version);
            for (var length = 0; length < bytes.Length; length++)
            {
                Assert.False(TryRead(name, version, bytes[..length]), $"{name} version {version} read from {length} of {bytes.Length} bytes");
            }
        }
    }

    [Theory]
    [MemberData(nameof(MessageNames))]
    public void Bent_messages_are_read_or_refused_within_the_budget(string name)
    {
        var schema = SchemaLibrary.Messages[name];
        var random = new Random(11);
        byte[] bends = [0x00, 0x01, 0x7F, 0x80, 0xFF, 0xFE];
        foreach (var version in SchemaLibrary.VersionsOf(schema))
        {
            var bytes = SchemaEncoder.Encode(schema, new RandomMessages(13).Next(schema, version), version);
            for (var round = 0; round < 60 && bytes.Length > 0; round++)
            {
                var bent = (byte[])bytes.Clone();
                for (var bend = random.Next(1, 6); bend > 0; bend--)
                {
                    bent[random.Next(bent.Length)] = bends[random.Next(bends.Length)];
                }

                TryRead(name, version, bent);
            }
        }
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(-2)]
    [InlineData(int.MinValue)]
    public void Lengths_below_zero_are_null_where_null_may_be(int count)
    {
        var frame = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(frame, count);
        Assert.True(TryRead("MetadataRequest", 1, frame));
        Assert.False(TryRead("MetadataRequest", 0, frame));
    }

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(1)]
    public void Array_counts_beyond_the_bytes_are_refused(int count)
    {
        var frame = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(frame, count);
        Assert.False(TryRead("MetadataRequest", 1, frame));
    }

    [Fact]
    public void An_array_is_accepted_up_to_what_the_bytes_can_hold_and_no_further()
    {
        var frame = new byte[4 + (2 * 10)];
        BinaryPrimitives.WriteInt32BigEndian(frame, 10);
        Assert.True(TryRead("MetadataRequest", 1, frame));
        BinaryPrimitives.WriteInt32BigEndian(frame, 11);
        Assert.False(TryRead("MetadataRequest", 1, frame));
    }

    [Fact]
    public void Null_where_null_is_not_allowed_is_refused()
    {
        Assert.False(TryRead("MetadataRequest", 0, [0xFF, 0xFF, 0xFF, 0xFF]));
        Assert.True(TryRead("MetadataRequest", 1, [0xFF, 0xFF, 0xFF, 0xFF]));
        Assert.False(TryRead("SaslHandshakeRequest", 1, [0xFF, 0xFF]));
        Assert.False(TryRead("SaslAuthenticateRequest", 0, [0xFF, 0xFF, 0xFF, 0xFF]));
        Assert.False(TryRead("SaslAuthenticateRequest", 2, [0x00, 0x00]));
    }

    [Fact]
    public void Lengths_of_strings_and_bytes_are_held_against_the_frame()
    {
        Assert.False(TryRead("SaslHandshakeRequest", 1, [0xFF, 0xFE]));
        Assert.False(TryRead("SaslHandshakeRequest", 1, [0x7F, 0xFF, 0x41]));
        Assert.False(TryRead("SaslAuthenticateRequest", 0, [0x7F, 0xFF, 0xFF, 0xFF]));
        Assert.False(TryRead("SaslAuthenticateRequest", 2, [0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0x00]));
    }

    [Fact]
    public void A_compact_string_longer_than_a_plain_one_can_be_is_refused()
    {
        // 32,768 bytes: length 0x8001 as a compact length.
        var frame = new byte[3 + 32_768 + 2];
        (frame[0], frame[1], frame[2]) = (0x81, 0x80, 0x02);
        Assert.False(TryRead("ApiVersionsRequest", 3, frame));
    }

    [Fact]
    public void A_varint_of_six_bytes_is_refused() =>
        Assert.False(TryRead("SaslAuthenticateRequest", 2, [0x80, 0x80, 0x80, 0x80, 0x80, 0x01]));

    [Fact]
    public void Malformed_UTF8_becomes_replacement_characters_as_in_Java()
    {
        var reader = new ProtocolReader(new byte[] { 0x00, 0x03, 0x61, 0xFF, 0x62 });
        var request = new SaslHandshakeRequest();
        request.Read(ref reader, 1);
        Assert.Equal("a\uFFFDb", request.Mechanism);
    }

    [Fact]
    public void Unknown_tags_are_skipped_without_objects()
    {
        // 200 unknown tags of one byte each, after an empty token.
        byte[] frame = [0x01, 0xC8, 0x01, .. Enumerable.Range(0, 200).SelectMany(i => (byte[])[(byte)(i & 0x7F), 0x01, 0xAA])];
        var request = new SaslAuthenticateRequest();
        Read(request, frame, 2);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Read(request, frame, 2);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void More_tags_than_any_structure_needs_are_refused()
    {
        byte[] Frame(int tags) =>
            [0x01, (byte)(tags | 0x80), (byte)(tags >> 7), .. Enumerable.Range(0, tags).SelectMany(_ => (byte[])[0x05, 0x00])];
        Assert.True(TryRead("SaslAuthenticateRequest", 2, Frame(ProtocolReader.MaxTags)));
        Assert.False(TryRead("SaslAuthenticateRequest", 2, Frame(ProtocolReader.MaxTags + 1)));
    }

    [Fact]
    public void A_tag_whose_size_lies_is_refused()
    {
        // FetchRequest 12 is empty up to its tags; tag 0 is the cluster id "ab", compact: 03 61 62.
        byte[] Frame(byte size) =>
            [.. new byte[4 + 4 + 4 + 4 + 1 + 4 + 4], 0x01, 0x01, 0x01, 0x01, 0x00, size, 0x03, 0x61, 0x62];
        Assert.True(TryRead("FetchRequest", 12, Frame(3)));
        Assert.False(TryRead("FetchRequest", 12, Frame(2)));
        Assert.False(TryRead("FetchRequest", 12, Frame(4)));
    }

    [Fact]
    public void Amplification_by_nesting_stops_at_the_budget()
    {
        // 1 MiB of empty topics, three bytes each: thirty times their size as objects.
        const int Topics = 350_000;
        var frame = new byte[3 + (3 * Topics) + 32];
        var length = Varint.WriteUnsigned(frame, (uint)Topics + 1);
        for (var i = 0; i < Topics; i++)
        {
            frame[length + (3 * i)] = 1;
            frame[length + (3 * i) + 1] = 1;
        }

        Assert.False(TryRead("DeleteRecordsRequest", 2, frame));
    }

    [Fact]
    public void A_wider_slack_lets_the_messages_of_a_trusted_peer_through()
    {
        // A fetch of 10,000 partitions in version 4 takes sixteen bytes a partition on the wire and seventy-two as objects.
        var request = new FetchRequest
        {
            Topics = [new() { Topic = "t", Partitions = [.. Enumerable.Range(0, 10_000).Select(i => new FetchRequest.FetchPartition { Partition = i })] }],
        };
        var frame = new byte[request.Size(4)];
        var writer = new ProtocolWriter(frame);
        request.Write(ref writer, 4);
        Assert.False(TryRead("FetchRequest", 4, frame));
        var reader = new ProtocolReader(frame, budgetSlack: 1 << 20);
        new FetchRequest().Read(ref reader, 4);
        Assert.Equal(0, reader.Remaining);
    }

    private static void Read(IMessage message, byte[] frame, short version)
    {
        var reader = new ProtocolReader(frame);
        message.Read(ref reader, version);
    }

    /// <summary>True where the bytes were read; any exception but the typed one, and any excess of the budget, fails the test.</summary>
    private static bool TryRead(string name, short version, byte[] frame)
    {
        var message = SchemaLibrary.NewMessage(name);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var read = false;
        try
        {
            Read(message, frame, version);
            read = true;
        }
        catch (MalformedDataException)
        {
            // The one answer there is to bytes that cannot be read.
        }

        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        var budget = (ProtocolReader.BudgetPerByte * frame.Length) + ProtocolReader.BudgetSlack + ObjectsOutsideBudget;
        Assert.True(allocated <= budget, $"{name} version {version}: {allocated} bytes for a frame of {frame.Length}");
        return read;
    }
}
