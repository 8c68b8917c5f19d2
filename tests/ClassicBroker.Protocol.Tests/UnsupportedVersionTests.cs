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
    public void A_response_takes_an_error_where_its_version_has_a_place_for_it()
    {
        var response = new FetchResponse();
        Assert.False(response.TrySetError(ErrorCode.UnknownServerError, 6));
        Assert.True(response.TrySetError(ErrorCode.UnknownServerError, 7));
        Assert.Equal(ErrorCode.UnknownServerError, response.ErrorCode);
        Assert.False(new ProduceResponse().TrySetError(ErrorCode.UnknownServerError, 9));
    }
}
