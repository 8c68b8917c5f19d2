using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Protocol.Tests;

public sealed class VersionedMessageReaderTests
{
    private static readonly OffsetCommitValue Value = new()
    {
        Offset = 5,
        LeaderEpoch = 7,
        Metadata = "m",
        CommitTimestamp = 11,
        ExpireTimestamp = 13,
    };

    private readonly VersionedMessageReader<OffsetCommitValue> _values = new(new NameTable());

    /// <summary>The expiration is in version 1 alone, the epoch in version 3 and later.</summary>
    [Fact]
    public void A_field_that_a_version_lacks_has_its_default_after_any_other_version()
    {
        short[] versions = [1, 3, 0, 4, 2, 1, 3];
        foreach (var version in versions)
        {
            var read = _values.Read(VersionedMessage.Encode(Value, version));
            Assert.Equal((5, "m", 11), (read.Offset, read.Metadata, read.CommitTimestamp));
            Assert.Equal((version >= 3 ? 7 : -1, version == 1 ? 13 : -1), (read.LeaderEpoch, read.ExpireTimestamp));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("ffff")]
    [InlineData("0005")]
    [InlineData("0003" + "0000000000000001")]
    public void What_is_not_such_a_message_is_refused_and_the_next_is_read(string bytes)
    {
        Assert.Throws<MalformedDataException>(() => _values.Read(Convert.FromHexString(bytes)));
        Assert.Equal(5, _values.Read(VersionedMessage.Encode(Value, 3)).Offset);
    }

    [Fact]
    public void Equal_names_are_one_string()
    {
        var keys = new VersionedMessageReader<OffsetCommitKey>(new NameTable());
        var bytes = VersionedMessage.Encode(new OffsetCommitKey { Group = "g1", Topic = "t1", Partition = 3 }, 1);
        var (group, topic) = (keys.Read(bytes).Group, keys.Read(bytes).Topic);
        Assert.Equal(("g1", "t1"), (group, topic));
        Assert.Same(group, keys.Read(bytes).Group);
        Assert.Same(topic, keys.Read(bytes).Topic);
    }

    [Fact]
    public void Reading_allocates_nothing_for_a_message()
    {
        var bytes = VersionedMessage.Encode(Value, 3);
        _values.Read(bytes);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++)
        {
            _values.Read(bytes);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
