using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Protocol.Tests;

public sealed class VersionedMessageTests
{
    [Fact]
    public void The_version_goes_before_the_body()
    {
        var bytes = VersionedMessage.Encode(new OffsetCommitKey { Group = "g", Topic = "t", Partition = 3 }, 1);
        Assert.Equal([0, 1, 0, 1, (byte)'g', 0, 1, (byte)'t', 0, 0, 0, 3], bytes);
        var key = VersionedMessage.Decode<OffsetCommitKey>(bytes);
        Assert.Equal(("g", "t", 3), (key.Group, key.Topic, key.Partition));
    }

    [Fact]
    public void A_stored_value_from_the_future_is_refused() =>
        Assert.Throws<MalformedDataException>(() => VersionedMessage.Decode<OffsetCommitKey>(new byte[] { 0, 2, 0, 0, 0, 0, 0, 0, 0, 0 }));

    [Fact]
    public void A_subscription_from_the_future_is_read_as_the_highest_version_known()
    {
        var bytes = VersionedMessage.Encode(new ConsumerProtocolSubscription { Topics = ["a", "b"], RackId = "r" }, 3);
        bytes[1] = 9;
        var subscription = VersionedMessage.DecodeForward<ConsumerProtocolSubscription>((byte[])[.. bytes, 1, 2, 3]);
        Assert.Equal(["a", "b"], subscription.Topics);
        Assert.Equal("r", subscription.RackId);
    }

    [Theory]
    [InlineData(new byte[] { })]
    [InlineData(new byte[] { 0 })]
    [InlineData(new byte[] { 0xFF, 0xFF })]
    public void Bytes_without_a_known_version_are_refused(byte[] bytes) =>
        Assert.Throws<MalformedDataException>(() => VersionedMessage.DecodeForward<ConsumerProtocolSubscription>(bytes));
}
