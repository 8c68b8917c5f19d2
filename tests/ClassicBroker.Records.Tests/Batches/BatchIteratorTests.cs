namespace ClassicBroker.Records.Tests;

public class BatchIteratorTests
{
    [Fact]
    public void Mixed_formats_are_walked_in_one_pass()
    {
        byte[] records = [.. Batches.Legacy(0, 1), .. Batches.Legacy(1, 2, CompressionCodec.Gzip), .. Batches.V2(3)];
        var seen = new List<(byte Magic, long LastOffset, long Position)>();
        foreach (var batch in new BatchIterator(records))
        {
            seen.Add((batch.Magic, batch.LastOffset, batch.Position));
        }

        Assert.Equal([((byte)0, 0, 0), ((byte)1, 1, 30), ((byte)2, 2, records.Length - Batches.V2(3).Length)], seen);
    }

    [Fact]
    public void A_tail_cut_at_any_byte_ends_the_walk_before_it()
    {
        foreach (var magic in new byte[] { 0, 1, 2 })
        {
            var whole = Batches.Of(magic, 1);
            byte[] records = [.. whole, .. Batches.Of(magic, 1)];
            for (var length = whole.Length; length < records.Length; length++)
            {
                var batches = new BatchIterator(records.AsSpan(0, length));
                Assert.True(batches.MoveNext());
                Assert.False(batches.MoveNext());
                Assert.Equal(whole.Length, batches.Consumed);
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(13)]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    [InlineData(int.MaxValue)]
    [InlineData(48)]
    public void A_size_no_batch_can_have_is_corrupt(int size)
    {
        var batch = Batches.V2();
        Batches.WriteInt32(batch, RecordFormat.SizeOffset, size);
        Assert.Throws<CorruptRecordException>(() => new BatchIterator(batch).MoveNext());
    }

    [Theory]
    [InlineData(3)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(255)]
    public void An_unknown_magic_is_corrupt(byte magic)
    {
        var batch = Batches.V2();
        batch[RecordFormat.MagicOffset] = magic;
        Assert.Throws<CorruptRecordException>(() => new BatchIterator(batch).MoveNext());
    }

    [Theory]
    [MemberData(nameof(Golden.All), MemberType = typeof(Golden))]
    public void A_header_needs_no_more_than_its_first_bytes(string name)
    {
        var log = Golden.Read(name);
        Assert.True(BatchHeader.TryRead(log.AsSpan(0, RecordFormat.MaxHeaderSize), 1234, out var header));
        Assert.True(BatchHeader.TryRead(log, 1234, out var whole));
        Assert.Equal(whole, header);
        Assert.Equal(1234, header.Position);
        Assert.False(BatchHeader.TryRead(log.AsSpan(0, 17), 0, out _));
    }
}
