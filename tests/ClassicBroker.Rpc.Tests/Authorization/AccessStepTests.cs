using ClassicBroker.Primitives;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc.Authorization;

namespace ClassicBroker.Rpc.Tests.Authorization;

public sealed class AccessStepTests
{
    private static readonly AccessRule ReadGroup =
        AccessRule.Whole<HeartbeatRequest>(AclOperation.Read, AclResourceType.Group, request => request.GroupId);

    private static readonly AccessRule ReadTopic = AccessRule.Each(AclOperation.Read, AclResourceType.Topic);

    private readonly ListedAuthorizer _authorizer = new();

    [Fact]
    public void A_refused_request_is_answered_without_its_handler()
    {
        var handler = Handler(_ => new(), ReadGroup);
        using var broker = new BrokerEnd(new RequestSteps { Authorizer = _authorizer }, handler);
        broker.Send(new HeartbeatRequest { GroupId = "g" }, 0, 1);
        Assert.Equal(ErrorCode.GroupAuthorizationFailed, broker.TakeResponse<HeartbeatResponse>(0).Body.ErrorCode);
        Assert.Empty(handler.Asked);
        Assert.Equal(["User:ANONYMOUS Heartbeat Read Group g"], _authorizer.Asked);
    }

    [Fact]
    public void A_permitted_request_comes_to_its_handler()
    {
        _authorizer.Permitted.Add("Read Group g");
        var handler = Handler(_ => new(), ReadGroup);
        using var broker = new BrokerEnd(new RequestSteps { Authorizer = _authorizer }, handler);
        broker.Send(new HeartbeatRequest { GroupId = "g" }, 0, 1);
        Assert.Equal(ErrorCode.None, broker.TakeResponse<HeartbeatResponse>(0).Body.ErrorCode);
        Assert.Single(handler.Asked);
    }

    [Fact]
    public void A_check_of_other_versions_is_not_made()
    {
        var handler = Handler(_ => new(), ReadGroup with { FirstVersion = 1 });
        using var broker = new BrokerEnd(new RequestSteps { Authorizer = _authorizer }, handler);
        broker.Send(new HeartbeatRequest { GroupId = "g" }, 0, 1);
        Assert.Empty(_authorizer.Asked);
        Assert.Single(handler.Asked);
    }

    [Fact]
    public void A_handler_is_told_which_resources_it_may_not_touch()
    {
        _authorizer.Permitted.Add("Read Topic open");
        var handler = Handler(
            context => new()
            {
                ThrottleTimeMs = context.RefusedOf(ReadTopic, ["open", "closed", "closed"]) is var refused
                    && refused.Contains("closed") && !refused.Contains("open") ? 1 : 0,
            },
            ReadTopic);
        using var broker = new BrokerEnd(new RequestSteps { Authorizer = _authorizer }, handler);
        broker.Send(new HeartbeatRequest(), 1, 1);
        Assert.Equal(1, broker.TakeResponse<HeartbeatResponse>(1).Body.ThrottleTimeMs);
        Assert.Equal(
            ["User:ANONYMOUS Heartbeat Read Topic closed", "User:ANONYMOUS Heartbeat Read Topic open"], _authorizer.Asked);
    }

    [Fact]
    public void A_handler_cannot_ask_by_a_rule_it_does_not_declare()
    {
        var handler = Handler(context => new() { ErrorCode = context.Allows(ReadTopic, "t") ? ErrorCode.None : ErrorCode.InvalidRequest });
        using var broker = new BrokerEnd(new RequestSteps { Authorizer = _authorizer }, handler);
        broker.Send(new HeartbeatRequest(), 0, 1);
        Assert.Equal(ErrorCode.UnknownServerError, broker.TakeResponse<HeartbeatResponse>(0).Body.ErrorCode);
        Assert.Empty(_authorizer.Asked);
    }

    [Fact]
    public void Without_an_authorizer_everything_is_permitted_and_costs_nothing()
    {
        var allocated = -1L;
        var handler = Handler(
            context =>
            {
                var before = GC.GetAllocatedBytesForCurrentThread();
                var permitted = context.Allows(ReadTopic, "t") && context.Allows(ReadGroup);
                allocated = permitted ? GC.GetAllocatedBytesForCurrentThread() - before : -1;
                return new();
            },
            ReadTopic);
        using var broker = new BrokerEnd(handler);
        broker.Send(new HeartbeatRequest(), 0, 1);
        broker.Send(new HeartbeatRequest(), 0, 2);
        Assert.Equal(0, allocated);
    }

    private static StubHandler<HeartbeatRequest, HeartbeatResponse> Handler(
        Func<RequestContext, HeartbeatResponse> answer, params AccessRule[] rules) =>
        new((_, context) => new(answer(context))) { Rules = rules };
}
