using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Protocol.Tests;

public sealed class UnsupportedVersionTests
{
    [Fact]
    public void A_field_that_must_not_be_lost_is_refused_by_versions_without_it()
    {
        var request = new ProduceRequest { TransactionalId = "t" };
        Assert.True(request.Size(3) > 0);

        var fetch = new FetchRequest { ForgottenTopicsData = [new() { Topic = "t" }] };
        Assert.True(fetch.Size(7) > 0);
        var refusal = Assert.Throws<UnsupportedVersionException>(() => fetch.Size(6));
        Assert.Contains("FetchRequest.ForgottenTopicsData", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_ignorable_field_is_dropped_by_versions_without_it() =>
        Assert.Equal(new FetchRequest().Size(3), new FetchRequest { IsolationLevel = 1 }.Size(3));

    [Fact]
    public void Null_is_refused_by_versions_that_cannot_say_it()
    {
        var request = new MetadataRequest { Topics = null };
        Assert.True(request.Size(1) > 0);
        Assert.Throws<UnsupportedVersionException>(() => request.Size(0));
    }

    [Fact]
    public void An_error_answer_has_the_error_wherever_its_version_has_a_place_for_it()
    {
        var request = new FetchRequest { Topics = [new() { Topic = "t", Partitions = [new() { Partition = 3, LogStartOffset = 9 }] }] };
        var before = request.ErrorResponse(ErrorCode.UnknownServerError, 6);
        Assert.Equal(ErrorCode.None, before.ErrorCode);
        var partition = Assert.Single(Assert.Single(before.Responses).Partitions);
        Assert.Equal("t", before.Responses[0].Topic);
        Assert.Equal((3, ErrorCode.UnknownServerError, -1, -1), (
            partition.PartitionIndex, partition.ErrorCode, partition.HighWatermark, partition.LogStartOffset));
        Assert.Equal(ErrorCode.UnknownServerError, request.ErrorResponse(ErrorCode.UnknownServerError, 7).ErrorCode);
        Assert.Empty(request.ErrorResponse(ErrorCode.UnknownServerError, 13).Responses);
    }
}
