using ClassicBroker.Coordinator.Groups;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Coordinator.Tests.Groups;

/// <summary>Rebalances, sessions and static members, each as Kafka's coordinator decides it.</summary>
public sealed class GroupMembershipTests
{
    private readonly CoordinatorHarness _broker = CoordinatorHarness.Leading();

    private static JoinGroupRequest Request(string memberId = "", string? instanceId = null, params string[] protocols) =>
        CoordinatorHarness.JoinRequest(memberId, instanceId, protocols);

    [Fact]
    public void A_first_member_leads_a_generation_of_one_and_gets_what_it_assigns()
    {
        var join = _broker.Join(Request());
        Assert.False(join.IsCompleted);
        _broker.Time.AdvanceMs(1);
        var joined = _broker.Time.Await(join);
        Assert.Equal((ErrorCode.None, 1, "range", joined.MemberId), (joined.Error, joined.Generation, joined.ProtocolName, joined.LeaderId));
        Assert.StartsWith("client-", joined.MemberId);
        Assert.Equal(joined.MemberId, Assert.Single(joined.Members).MemberId);
        Assert.Equal("CompletingRebalance", _broker.StateOf());

        var synced = _broker.Time.Await(_broker.Sync(joined.MemberId, 1, joined.MemberId));
        Assert.Equal((ErrorCode.None, (byte)1), (synced.Error, Assert.Single(synced.Assignment)));
        Assert.Equal("Stable", _broker.StateOf());
        Assert.Equal(ErrorCode.None, _broker.Heartbeat(joined.MemberId, 1));
    }

    [Fact]
    public void A_dynamic_member_is_first_told_its_id_where_its_client_knows_that()
    {
        var told = _broker.Time.Await(_broker.Join(Request(), requiresKnownMemberId: true));
        Assert.Equal(ErrorCode.MemberIdRequired, told.Error);
        Assert.Equal("Empty", _broker.StateOf());
        var join = _broker.Join(Request(told.MemberId), requiresKnownMemberId: true);
        _broker.Time.AdvanceMs(1);
        Assert.Equal((ErrorCode.None, told.MemberId), (_broker.Time.Await(join).Error, _broker.Time.Await(join).MemberId));
    }

    [Fact]
    public void An_id_that_is_not_used_within_the_session_timeout_is_forgotten()
    {
        var told = _broker.Time.Await(_broker.Join(Request(), requiresKnownMemberId: true));
        _broker.Time.AdvanceMs(10_001);
        Assert.Equal(ErrorCode.UnknownMemberId, _broker.Time.Await(_broker.Join(Request(told.MemberId))).Error);
    }

    [Fact]
    public void An_id_that_is_given_out_and_not_used_yet_holds_a_rebalance()
    {
        var first = _broker.Stable();
        _broker.Time.Await(_broker.Join(Request(), requiresKnownMemberId: true));
        var rejoin = _broker.Join(Request(first));
        _broker.Time.AdvanceMs(9_000);
        Assert.False(rejoin.IsCompleted);
        _broker.Time.AdvanceMs(2_000);
        Assert.Equal(2, _broker.Time.Await(rejoin).Generation);
    }

    [Fact]
    public void The_initial_delay_grows_with_members_that_join_meanwhile_and_ends_with_the_rebalance_timeout()
    {
        var broker = CoordinatorHarness.Leading(settings => settings with { InitialRebalanceDelayMs = 3_000 });
        var request = Request();
        request.RebalanceTimeoutMs = 7_000;
        var joins = new List<Task<JoinResult>> { broker.Join(request) };
        for (var second = 0; second < 6; second++)
        {
            broker.Time.AdvanceMs(1_000);
            Assert.All(joins, join => Assert.False(join.IsCompleted));
            joins.Add(broker.Join(request));
        }

        // 3 s, 3 s more because members joined, and the 1 s that is left of 7.
        broker.Time.AdvanceMs(999);
        Assert.False(joins[0].IsCompleted);
        broker.Time.AdvanceMs(1);
        Assert.All(joins, join => Assert.Equal((ErrorCode.None, 1), (broker.Time.Await(join).Error, broker.Time.Await(join).Generation)));
        Assert.Single(joins, join => broker.Time.Await(join).Members.Length == 7);
    }

    [Fact]
    public void The_initial_delay_is_not_made_longer_where_nobody_joins()
    {
        var broker = CoordinatorHarness.Leading(settings => settings with { InitialRebalanceDelayMs = 3_000 });
        var join = broker.Join(Request());
        broker.Time.AdvanceMs(2_999);
        Assert.False(join.IsCompleted);
        broker.Time.AdvanceMs(1);
        Assert.True(join.IsCompleted);
    }

    [Fact]
    public void A_second_member_makes_the_first_join_again()
    {
        var first = _broker.Stable();
        var second = _broker.Join(Request());
        Assert.Equal(ErrorCode.RebalanceInProgress, _broker.Heartbeat(first, 1));
        Assert.Equal(ErrorCode.RebalanceInProgress, _broker.Time.Await(_broker.Sync(first, 1)).Error);
        var again = _broker.Join(Request(first));
        Assert.Equal((2, first), (_broker.Time.Await(again).Generation, _broker.Time.Await(again).LeaderId));
        Assert.Equal(2, _broker.Time.Await(again).Members.Length);
        Assert.Empty(_broker.Time.Await(second).Members);

        var follower = _broker.Time.Await(second).MemberId;
        var waits = _broker.Sync(follower, 2);
        Assert.False(waits.IsCompleted);
        _broker.Time.Await(_broker.Sync(first, 2, first, follower));
        Assert.Equal([2], _broker.Time.Await(waits).Assignment);
    }

    [Fact]
    public void A_member_the_leader_forgets_gets_an_empty_assignment()
    {
        var first = _broker.Stable();
        var second = _broker.Join(Request());
        _broker.Join(Request(first));
        var follower = _broker.Sync(_broker.Time.Await(second).MemberId, 2);
        _broker.Time.Await(_broker.Sync(first, 2, first));
        Assert.Equal((ErrorCode.None, 0), (_broker.Time.Await(follower).Error, _broker.Time.Await(follower).Assignment.Length));
    }

    [Fact]
    public void Who_does_not_join_within_the_rebalance_timeout_is_left_out_and_another_leads()
    {
        var first = _broker.Stable();
        var second = _broker.Join(Request());
        for (var i = 0; i < 59; i++)
        {
            _broker.Time.AdvanceMs(1_000);
            Assert.Equal(ErrorCode.RebalanceInProgress, _broker.Heartbeat(first, 1));
        }

        _broker.Time.AdvanceMs(1_000);
        var joined = _broker.Time.Await(second);
        Assert.Equal((2, joined.MemberId), (joined.Generation, joined.LeaderId));
        Assert.Equal(ErrorCode.UnknownMemberId, _broker.Heartbeat(first, 2));
    }

    [Fact]
    public void Who_does_not_sync_within_the_rebalance_timeout_is_removed_though_its_session_goes_on()
    {
        var first = _broker.Stable();
        var second = _broker.Join(Request());
        _broker.Join(Request(first));
        var follower = _broker.Time.Await(second).MemberId;
        _broker.Time.Await(_broker.Sync(first, 2, first, follower));
        for (var i = 0; i < 60; i++)
        {
            Assert.Equal(ErrorCode.None, _broker.Heartbeat(follower, 2));
            Assert.Equal(ErrorCode.None, _broker.Heartbeat(first, 2));
            _broker.Time.AdvanceMs(1_000);
        }

        Assert.Equal(ErrorCode.UnknownMemberId, _broker.Heartbeat(follower, 2));
        Assert.Equal(ErrorCode.RebalanceInProgress, _broker.Heartbeat(first, 2));
    }

    [Fact]
    public void A_leader_that_does_not_sync_costs_its_followers_a_rebalance()
    {
        var first = _broker.Stable();
        var second = _broker.Join(Request());
        _broker.Join(Request(first));
        var waits = _broker.Sync(_broker.Time.Await(second).MemberId, 2);
        for (var i = 0; i < 60; i++)
        {
            Assert.Equal(ErrorCode.None, _broker.Heartbeat(first, 2));
            _broker.Time.AdvanceMs(1_000);
        }

        Assert.Equal(ErrorCode.RebalanceInProgress, _broker.Time.Await(waits).Error);
        Assert.Equal(ErrorCode.UnknownMemberId, _broker.Heartbeat(first, 2));
    }

    [Fact]
    public void A_session_ends_unless_the_member_is_heard_of()
    {
        var member = _broker.Stable();
        for (var i = 0; i < 5; i++)
        {
            _broker.Time.AdvanceMs(9_000);
            Assert.Equal(ErrorCode.None, _broker.Heartbeat(member, 1));
        }

        _broker.Time.AdvanceMs(9_999);
        Assert.Equal("Stable", _broker.StateOf());
        _broker.Time.AdvanceMs(1);
        Assert.Equal("Empty", _broker.StateOf());
        Assert.Equal(ErrorCode.UnknownMemberId, _broker.Heartbeat(member, 2));
    }

    [Fact]
    public void Whoever_waits_for_a_rebalance_does_not_have_to_heartbeat()
    {
        var first = _broker.Stable();
        var second = _broker.Join(Request());
        for (var i = 0; i < 5; i++)
        {
            _broker.Time.AdvanceMs(9_000);
            Assert.Equal(ErrorCode.RebalanceInProgress, _broker.Heartbeat(first, 1));
        }

        _broker.Join(Request(first));
        Assert.Equal((ErrorCode.None, 2), (_broker.Time.Await(second).Error, _broker.Time.Await(second).Generation));
    }

    [Fact]
    public void A_new_member_that_is_never_answered_is_dropped_after_five_minutes()
    {
        var request = Request();
        request.RebalanceTimeoutMs = 600_000;
        var join = _broker.Join(request);
        _broker.Time.AdvanceMs(1);
        var first = _broker.Time.Await(join).MemberId;
        _broker.Time.Await(_broker.Sync(first, 1, first));
        var second = _broker.Join(Request());
        for (var i = 0; i < 60; i++)
        {
            Assert.False(second.IsCompleted);
            _broker.Heartbeat(first, 1);
            _broker.Time.AdvanceMs(5_000);
        }

        Assert.Equal(ErrorCode.UnknownMemberId, _broker.Time.Await(second).Error);
    }

    [Fact]
    public void The_protocol_most_members_prefer_among_those_all_support_is_chosen()
    {
        var first = _broker.Stable(null, "range", "roundrobin", "own");
        var second = _broker.Join(Request("", null, "roundrobin", "range"));
        var third = _broker.Join(Request("", null, "roundrobin", "range"));
        var again = _broker.Join(Request(first, null, "range", "roundrobin", "own"));
        Assert.All([second, third, again], join => Assert.Equal("roundrobin", _broker.Time.Await(join).ProtocolName));
    }

    [Fact]
    public void A_member_without_a_protocol_in_common_is_refused_and_so_is_one_that_gives_up_the_last()
    {
        var first = _broker.Stable(null, "range", "sticky");
        Assert.Equal(
            ErrorCode.InconsistentGroupProtocol, _broker.Time.Await(_broker.Join(Request("", null, "roundrobin"))).Error);
        Assert.Equal(
            ErrorCode.InconsistentGroupProtocol, _broker.Time.Await(_broker.Join(Request(first, null, "roundrobin"))).Error);
        var other = Request("", null, "range");
        other.ProtocolType = "connect";
        Assert.Equal(ErrorCode.InconsistentGroupProtocol, _broker.Time.Await(_broker.Join(other)).Error);
        Assert.Equal("Stable", _broker.StateOf());
    }

    [Fact]
    public void A_protocol_named_twice_counts_once()
    {
        var member = _broker.Stable(null, "range", "range");
        Assert.Equal(ErrorCode.None, _broker.Heartbeat(member, 1));
        var second = _broker.Join(Request("", null, "range"));
        _broker.Join(Request(member, null, "range", "range"));
        Assert.Equal("range", _broker.Time.Await(second).ProtocolName);
    }

    [Fact]
    public void A_join_repeated_while_it_waits_is_answered_with_the_first()
    {
        var first = _broker.Stable();
        _broker.Join(Request());
        _broker.Time.Await(_broker.Join(Request(), requiresKnownMemberId: true));
        var (once, twice) = (_broker.Join(Request(first)), _broker.Join(Request(first)));
        _broker.Time.AdvanceMs(10_001);
        Assert.Same(_broker.Time.Await(once), _broker.Time.Await(twice));
    }

    [Fact]
    public void A_member_that_leaves_makes_the_rest_join_again_and_the_last_leaves_an_empty_group()
    {
        var first = _broker.Stable();
        var second = _broker.Join(Request());
        _broker.Join(Request(first));
        var follower = _broker.Time.Await(second).MemberId;
        var waits = _broker.Sync(follower, 2);
        Assert.Equal(ErrorCode.None, _broker.Leave(follower));
        Assert.Equal(ErrorCode.UnknownMemberId, _broker.Time.Await(waits).Error);
        Assert.Equal(ErrorCode.RebalanceInProgress, _broker.Heartbeat(first, 2));
        Assert.Equal(ErrorCode.None, _broker.Leave(first));
        Assert.Equal("Empty", _broker.StateOf());
        Assert.Equal(ErrorCode.UnknownMemberId, _broker.Leave(first));
    }

    [Fact]
    public void A_static_member_comes_back_under_a_new_id_without_a_rebalance_and_its_predecessor_is_fenced()
    {
        var old = _broker.Stable("i");
        Assert.StartsWith("i-", old);
        var back = _broker.Time.Await(_broker.Join(Request("", "i")));
        Assert.Equal((ErrorCode.None, 1, true), (back.Error, back.Generation, back.SkipAssignment));
        Assert.Equal((back.MemberId, back.MemberId), (back.LeaderId, Assert.Single(back.Members).MemberId));
        Assert.NotEqual(old, back.MemberId);
        Assert.Equal(
            ErrorCode.FencedInstanceId,
            _broker.Coordinator.Membership.Heartbeat(new() { GroupId = "g", MemberId = old, GroupInstanceId = "i", GenerationId = 1 }));
        Assert.Equal(ErrorCode.UnknownMemberId, _broker.Heartbeat(old, 1));
        Assert.Equal([1], _broker.Time.Await(_broker.Sync(back.MemberId, 1)).Assignment);
        Assert.Equal("Stable", _broker.StateOf());
    }

    [Fact]
    public void A_static_leader_whose_client_cannot_skip_the_assignment_is_told_its_old_id_as_leader()
    {
        var old = _broker.Stable("i");
        var back = _broker.Time.Await(_broker.Join(Request("", "i"), canSkip: false));
        Assert.Equal((old, false, 0), (back.LeaderId, back.SkipAssignment, back.Members.Length));
    }

    [Fact]
    public void A_static_member_whose_return_changes_the_protocol_rebalances()
    {
        _broker.Stable("i", "range", "sticky");
        var back = _broker.Join(Request("", "i", "sticky"));
        Assert.Equal((2, "sticky"), (_broker.Time.Await(back).Generation, _broker.Time.Await(back).ProtocolName));
    }

    [Fact]
    public void A_static_member_that_does_not_rejoin_stays_until_its_session_ends()
    {
        var first = _broker.Stable("i");
        var request = Request();
        request.RebalanceTimeoutMs = 1_000;
        var second = _broker.Join(request);
        for (var i = 0; i < 6; i++)
        {
            _broker.Time.AdvanceMs(9_900);
            _broker.Heartbeat(first, 1);
        }

        _broker.Time.AdvanceMs(1_000);
        Assert.Equal(2, _broker.Time.Await(second).Members.Length);
        Assert.Equal(2, _broker.Time.Await(second).Generation);
    }

    [Fact]
    public void The_group_takes_no_more_members_than_group_max_size()
    {
        var broker = CoordinatorHarness.Leading(settings => settings with { GroupSizeMax = 1 });
        var first = broker.Stable();
        var refused = broker.Time.Await(broker.Join(Request()));
        Assert.Equal((ErrorCode.GroupMaxSizeReached, ""), (refused.Error, refused.MemberId));
        Assert.Equal(ErrorCode.None, broker.Heartbeat(first, 1));
        Assert.Equal(2, broker.Time.Await(broker.Join(Request(first))).Generation);
    }

    [Fact]
    public void A_client_id_too_long_for_a_member_id_is_refused()
    {
        var join = _broker.Start(() => _broker.Coordinator.Membership.JoinAsync(new JoinRequest
        {
            Message = Request(),
            ClientId = new string('x', short.MaxValue),
            ClientHost = "/127.0.0.1",
        }));
        Assert.Equal(ErrorCode.InvalidRequest, _broker.Time.Await(join).Error);
    }

    [Fact]
    public void A_thousand_members_get_one_generation()
    {
        var broker = CoordinatorHarness.Leading(settings => settings with { InitialRebalanceDelayMs = 100 });
        var joins = Enumerable.Range(0, 1_000).Select(_ => broker.Join(Request())).ToList();
        broker.Time.AdvanceMs(200);
        var members = joins.Select(join => broker.Time.Await(join)).ToList();
        Assert.All(members, member => Assert.Equal((ErrorCode.None, 1), (member.Error, member.Generation)));
        Assert.Equal(1_000, Assert.Single(members, member => member.Members.Length > 0).Members.Length);
        var leader = members[0].LeaderId;
        var syncs = members.Where(member => member.MemberId != leader).Select(member => broker.Sync(member.MemberId, 1)).ToList();
        broker.Time.Await(broker.Sync(leader, 1, leader));
        Assert.All(syncs, sync => Assert.Equal(ErrorCode.None, broker.Time.Await(sync).Error));
        Assert.Equal("Stable", broker.StateOf());
    }

    [Fact]
    public void Assignments_are_given_out_once_the_replicas_have_them_and_a_failure_rebalances()
    {
        var broker = new CoordinatorHarness();
        broker.Lead(0, 1);
        broker.Time.RunUntilIdle();
        var join = broker.Join(Request());
        broker.Time.AdvanceMs(1);
        var member = broker.Time.Await(join).MemberId;
        var sync = broker.Sync(member, 1, member);
        Assert.False(sync.IsCompleted);
        broker.Replicate();
        Assert.Equal(ErrorCode.None, broker.Time.Await(sync).Error);

        var again = broker.Join(Request(member));
        var late = broker.Sync(member, broker.Time.Await(again).Generation, member);
        broker.Time.AdvanceMs(5_001);
        Assert.Equal(ErrorCode.RebalanceInProgress, broker.Time.Await(late).Error);
        Assert.Equal("PreparingRebalance", broker.StateOf());
    }

    [Fact]
    public void Whoever_waits_is_sent_elsewhere_when_another_broker_leads()
    {
        var first = _broker.Stable();
        var second = _broker.Join(Request());
        _broker.Follow(1);
        Assert.Equal(ErrorCode.NotCoordinator, _broker.Heartbeat(first, 1));
        _broker.Time.RunUntilIdle();
        Assert.Equal(ErrorCode.NotCoordinator, _broker.Time.Await(second).Error);
        Assert.Equal(ErrorCode.NotCoordinator, _broker.Time.Await(_broker.Join(Request(first))).Error);
    }
}
