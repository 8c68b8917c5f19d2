using ClassicBroker.Coordinator.Offsets;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Coordinator.Groups;

/// <summary>
/// A group as its coordinator knows it (Kafka's GroupMetadata): state, generation, members and their votes, committed offsets. Does no I/O,
/// reads no clock and arms no timer. Owned by its <see cref="GroupPartition"/>.
/// <para>Threading: everything but the id under <see cref="Lock"/>, which is held across synchronous code only.</para>
/// </summary>
internal sealed class Group(string id, GroupPartition partition)
{
    public const int FirstGeneration = 0;

    private readonly Dictionary<string, GroupMember> _members = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _staticMembers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, IScheduledWork> _pendingMembers = new(StringComparer.Ordinal);
    private readonly HashSet<string> _pendingSync = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _supporters = new(StringComparer.Ordinal);
    private int _awaitingJoin;

    public Lock Lock { get; } = new();

    public string Id { get; } = id;

    /// <summary>The partition of <c>__consumer_offsets</c> the group is stored in.</summary>
    public GroupPartition Partition { get; } = partition;

    public GroupState State { get; private set; } = GroupState.Empty;

    /// <summary>When the state was entered, in wall-clock milliseconds; -1 where the stored record did not tell.</summary>
    public long StateTimestampMs { get; private set; } = -1;

    public int Generation { get; private set; }

    /// <summary>Null until a member has joined: the group only stores offsets.</summary>
    public string? ProtocolType { get; private set; }

    public string? ProtocolName { get; private set; }

    public string? LeaderId { get; private set; }

    /// <summary>A member joined during the initial delay, which makes it longer.</summary>
    public bool HasNewMember { get; set; }

    /// <summary>The rebalance waits for more members even where all known ones have joined.</summary>
    public bool IsInInitialDelay { get; set; }

    /// <summary>Ends the join or the sync phase.</summary>
    public IScheduledWork? PhaseTimer { get; private set; }

    /// <summary>Grows with every phase, so that a late timer knows that its phase is over.</summary>
    public long Phase { get; private set; }

    public GroupOffsets Offsets { get; } = new();

    /// <summary>Topics the members subscribe; null where that cannot be told.</summary>
    public HashSet<string>? SubscribedTopics { get; private set; }

    public Dictionary<string, GroupMember>.ValueCollection Members => _members.Values;

    public int Size => _members.Count;

    public int AwaitingJoinCount => _awaitingJoin;

    public bool HasPendingSync => _pendingSync.Count > 0;

    public bool HaveAllJoined => _members.Count == _awaitingJoin && _pendingMembers.Count == 0;

    public bool IsConsumerGroup => ProtocolType == ConsumerSubscription.ProtocolType;

    public bool CanRebalance => State is GroupState.Stable or GroupState.CompletingRebalance or GroupState.Empty;

    public GroupMember? Find(string memberId) => _members.GetValueOrDefault(memberId);

    public string? StaticMemberId(string instanceId) => _staticMembers.GetValueOrDefault(instanceId);

    public bool IsPending(string memberId) => _pendingMembers.ContainsKey(memberId);

    public bool IsLeader(string memberId) => LeaderId == memberId;

    /// <summary>Longest rebalance timeout of a member; 0 without members.</summary>
    public int RebalanceTimeoutMs()
    {
        var longest = 0;
        foreach (var member in _members.Values)
        {
            longest = Math.Max(longest, member.RebalanceTimeoutMs);
        }

        return longest;
    }

    public void TransitionTo(GroupState next, long nowMs)
    {
        Invariant.Require(next switch
        {
            GroupState.PreparingRebalance => CanRebalance,
            GroupState.CompletingRebalance or GroupState.Empty => State == GroupState.PreparingRebalance,
            GroupState.Stable => State == GroupState.CompletingRebalance,
            _ => true,
        });
        State = next;
        StateTimestampMs = nowMs;
    }

    /// <summary>Replaces the phase's timer; the callback is told which phase it ends.</summary>
    public void BeginPhase(Func<long, IScheduledWork> schedule)
    {
        PhaseTimer?.Cancel();
        PhaseTimer = schedule(++Phase);
    }

    public void EndPhase()
    {
        PhaseTimer?.Cancel();
        PhaseTimer = null;
        Phase++;
    }

    // ---------------------------------------------------------------------------------------------------------- members

    /// <summary>Null where the member may speak for itself; otherwise what it is told (KIP-345).</summary>
    public ErrorCode? RefusalOf(string memberId, string? instanceId)
    {
        if (instanceId is not null)
        {
            if (StaticMemberId(instanceId) is not { } current)
            {
                return ErrorCode.UnknownMemberId;
            }

            if (current != memberId)
            {
                return ErrorCode.FencedInstanceId;
            }
        }

        return _members.ContainsKey(memberId) ? null : ErrorCode.UnknownMemberId;
    }

    /// <summary>Whether a member with these protocols fits in with all the others.</summary>
    public bool Supports(string protocolType, MemberProtocol[] protocols) =>
        State == GroupState.Empty
            ? protocolType.Length > 0 && protocols.Length > 0
            : ProtocolType == protocolType
                && Array.Exists(protocols, protocol => _supporters.GetValueOrDefault(protocol.Name) == _members.Count);

    public void Add(GroupMember member)
    {
        if (_members.Count == 0)
        {
            ProtocolType = member.ProtocolType;
        }

        LeaderId ??= member.Id;
        _members.Add(member.Id, member);
        if (member.InstanceId is { } instanceId)
        {
            _staticMembers.Add(instanceId, member.Id);
        }

        Count(member, 1);
        RemovePending(member.Id);
    }

    /// <summary>
    /// Removes a member, or an id that was given out and not used; no effect where it is neither. What the member waits for is answered
    /// UNKNOWN_MEMBER_ID, so that it joins again if it is still there.
    /// </summary>
    public void Remove(string memberId)
    {
        if (_members.Remove(memberId, out var member))
        {
            Count(member, -1);
            member.StopTimer();
            AnswerJoin(member, JoinResult.Failed("", ErrorCode.UnknownMemberId));
            AnswerSync(member, SyncResult.Failed(ErrorCode.UnknownMemberId));
            if (member.InstanceId is { } instanceId)
            {
                _staticMembers.Remove(instanceId);
            }
        }

        if (IsLeader(memberId))
        {
            LeaderId = _members.Keys.FirstOrDefault();
        }

        RemovePending(memberId);
        _pendingSync.Remove(memberId);
    }

    public void AddPending(string memberId, IScheduledWork expiration) => _pendingMembers.Add(memberId, expiration);

    public void RemovePending(string memberId)
    {
        if (_pendingMembers.Remove(memberId, out var expiration))
        {
            expiration.Cancel();
        }
    }

    /// <summary>Takes over what a member joins with.</summary>
    public void Update(GroupMember member, MemberProtocol[] protocols, int rebalanceTimeoutMs, int sessionTimeoutMs)
    {
        Count(member, -1);
        member.Protocols = protocols;
        member.RebalanceTimeoutMs = rebalanceTimeoutMs;
        member.SessionTimeoutMs = sessionTimeoutMs;
        Count(member, 1);
    }

    /// <summary>A static member came back: the same member under another id. Whatever waited under the old id is fenced.</summary>
    public void Replace(GroupMember member, string newId)
    {
        var oldId = member.Id;
        AnswerJoin(member, JoinResult.Failed(oldId, ErrorCode.FencedInstanceId));
        AnswerSync(member, SyncResult.Failed(ErrorCode.FencedInstanceId));
        _members.Remove(oldId);
        member.Id = newId;
        _members.Add(newId, member);
        _staticMembers[member.InstanceId!] = newId;
        if (IsLeader(oldId))
        {
            LeaderId = newId;
        }
    }

    // ------------------------------------------------------------------------------------------------------- generations

    /// <summary>
    /// Makes sure that the leader is one who joined. False where there is no such member.
    /// </summary>
    public bool TryElectJoinedLeader()
    {
        if (LeaderId is null || _members[LeaderId].AwaitingJoin is not null)
        {
            return LeaderId is not null;
        }

        foreach (var member in _members.Values)
        {
            if (member.AwaitingJoin is not null)
            {
                LeaderId = member.Id;
                return true;
            }
        }

        return false;
    }

    public void BeginGeneration(long nowMs)
    {
        Generation++;
        ProtocolName = _members.Count > 0 ? SelectProtocol() : null;
        SubscribedTopics = ConsumerSubscription.TopicsOf(this);
        TransitionTo(_members.Count > 0 ? GroupState.CompletingRebalance : GroupState.Empty, nowMs);
        _pendingSync.Clear();
    }

    /// <summary>
    /// The protocol with most votes: each member votes for the first of its own that all support. Of equals the one whose voter joined
    /// first.
    /// </summary>
    public string SelectProtocol()
    {
        var votes = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var member in _members.Values)
        {
            var choice = Array.Find(member.Protocols, protocol => _supporters[protocol.Name] == _members.Count).Name;
            Invariant.Require(choice is not null);
            votes[choice] = votes.GetValueOrDefault(choice) + 1;
        }

        return votes.MaxBy(vote => vote.Value).Key;
    }

    /// <summary>What the leader needs to know of everybody; only while a generation stands.</summary>
    public JoinGroupResponse.JoinGroupResponseMember[] DescribeMembers()
    {
        var described = new JoinGroupResponse.JoinGroupResponseMember[_members.Count];
        var next = 0;
        foreach (var member in _members.Values)
        {
            described[next++] = new()
            {
                MemberId = member.Id,
                GroupInstanceId = member.InstanceId,
                Metadata = member.MetadataOf(ProtocolName!),
            };
        }

        return described;
    }

    public void AddPendingSync(string memberId) => _pendingSync.Add(memberId);

    public void RemovePendingSync(string memberId) => _pendingSync.Remove(memberId);

    public string[] PendingSync() => [.. _pendingSync];

    // ------------------------------------------------------------------------------------------------------------ answers

    /// <summary>
    /// Parks a JoinGroup. Where one of the same member is parked already, both get the one answer: a client that asked again still listens.
    /// </summary>
    public Task<JoinResult> AwaitJoin(GroupMember member)
    {
        if (member.AwaitingJoin is null)
        {
            member.AwaitingJoin = new(TaskCreationOptions.RunContinuationsAsynchronously);
            _awaitingJoin++;
        }

        return member.AwaitingJoin.Task;
    }

    /// <summary>False where no JoinGroup of the member is parked.</summary>
    public bool AnswerJoin(GroupMember member, JoinResult result)
    {
        if (member.AwaitingJoin is not { } parked)
        {
            return false;
        }

        member.AwaitingJoin = null;
        _awaitingJoin--;
        parked.SetResult(result);
        return true;
    }

    public static Task<SyncResult> AwaitSync(GroupMember member) =>
        (member.AwaitingSync ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    /// <summary>False where no SyncGroup of the member is parked.</summary>
    public static bool AnswerSync(GroupMember member, SyncResult result)
    {
        if (member.AwaitingSync is not { } parked)
        {
            return false;
        }

        member.AwaitingSync = null;
        parked.SetResult(result);
        return true;
    }

    // ------------------------------------------------------------------------------------------------------------ loading

    /// <summary>Takes over what the log says of a group that was just made.</summary>
    public void Restore(GroupMetadataValue stored, IEnumerable<GroupMember> members)
    {
        Generation = stored.Generation;
        foreach (var member in members)
        {
            Add(member);
        }

        ProtocolName = stored.Protocol ?? (_members.Count > 0 ? "" : null);

        ProtocolType = stored.ProtocolType.Length > 0 ? stored.ProtocolType : null;
        LeaderId = stored.Leader is { } leader && _members.ContainsKey(leader) ? leader : _members.Keys.FirstOrDefault();
        State = _members.Count > 0 ? GroupState.Stable : GroupState.Empty;
        StateTimestampMs = stored.CurrentStateTimestamp;
        SubscribedTopics = ConsumerSubscription.TopicsOf(this);
    }

    private void Count(GroupMember member, int change)
    {
        foreach (var protocol in member.Protocols)
        {
            _supporters[protocol.Name] = _supporters.GetValueOrDefault(protocol.Name) + change;
        }
    }
}
