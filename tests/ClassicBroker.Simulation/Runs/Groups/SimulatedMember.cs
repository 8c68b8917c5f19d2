using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Simulation.Clusters;

namespace ClassicBroker.Simulation.Runs.Groups;

/// <summary>
/// A consumer that shares a topic with the others of its group: joins, reads what it is assigned from where the group has committed,
/// commits, and leaves, ends, stands still or goes deaf when its turn comes. Tells the history all it is told. Threading: the client loop.
/// </summary>
internal sealed class SimulatedMember(
    SimulatedCluster cluster, GroupHistory history, GroupWorkload workload, int number, IReadOnlyList<TopicPartition> partitions)
{
    private const int ReadsPerCommit = 4;
    private const int StepsPerLook = 7;

    private readonly GroupCalls _calls = new(cluster, workload, number);
    private readonly MemberReader _reader = new(cluster, number);
    private readonly SortedDictionary<TopicPartition, long> _positions = [];
    private readonly SortedDictionary<TopicPartition, long> _committed = [];
    private readonly SortedSet<TopicPartition> _unresolved = [];
    private readonly string _topic = partitions[0].Topic;
    private MemberIdentity _self;
    private MemberIdentity? _former;
    private DateTimeOffset _nextHeartbeat;
    private DateTimeOffset _deafUntil;
    private bool _mustJoin;
    private bool _isBack;
    private bool _isSettling;
    private bool _isStopped;
    private int _turns;

    public int Number => number;

    public Task Completion { get; private set; } = Task.CompletedTask;

    /// <summary>The partitions it works on, where it is a member that has all it needs; null where it is on its way to that.</summary>
    public IReadOnlyCollection<TopicPartition>? Settled => _mustJoin || _unresolved.Count > 0 || IsDeaf ? null : _positions.Keys;

    /// <summary>The generation it belongs to.</summary>
    public int Generation => _self.Generation;

    /// <summary>Up to where its commits were acknowledged in this life.</summary>
    public long Committed(TopicPartition partition) => _committed.GetValueOrDefault(partition, -1);

    private DateTimeOffset Now => cluster.Time.GetUtcNow();

    private bool IsDeaf => Now < _deafUntil;

    public void Start() => Completion = cluster.ClientLoop.InvokeAsync(RunAsync);

    /// <summary>Only works from now on.</summary>
    public void Settle()
    {
        _isSettling = true;
        _deafUntil = default;
    }

    /// <summary>Sends heartbeats for a time, and does not rejoin.</summary>
    public void IgnoreRebalances(TimeSpan span) => _deafUntil = Now + span;

    /// <summary>Ends it as a crash would.</summary>
    public void Stop() => _isStopped = true;

    private async Task RunAsync()
    {
        while (!_isStopped)
        {
            _self = new("", workload.IsStatic ? $"member-{number}" : null, MemberIdentity.NoGeneration);
            _isBack = workload is { IsStatic: true, IsCooperative: true };
            await LiveAsync();
        }

        _calls.Dispose();
        _reader.Dispose();
    }

    private async Task LiveAsync()
    {
        Lose();
        var endsAt = workload.Turns.Count == 0 ? DateTimeOffset.MaxValue : LifeTime();
        while (!_isStopped)
        {
            if (!_isSettling && Now >= endsAt)
            {
                if (await TakeTurnAsync(workload.Turns[cluster.Random.Next(workload.Turns.Count)]))
                {
                    return;
                }

                endsAt = LifeTime();
            }

            await StepAsync();
            await PauseAsync(60);
        }
    }

    private DateTimeOffset LifeTime() => Now + (workload.LeavesTogether
        ? TimeSpan.FromMilliseconds(3000 - (Now.ToUnixTimeMilliseconds() % 3000))
        : TimeSpan.FromMilliseconds(500 + cluster.Random.Next(5000)));

    /// <summary>True where that was the end of its life.</summary>
    private async Task<bool> TakeTurnAsync(MemberTurn turn)
    {
        switch (turn)
        {
            case MemberTurn.Leave:
                await CommitAsync(_positions);
                await _calls.LeaveAsync(_self);
                _former = _self;
                await PauseAsync(1000);
                return true;
            case MemberTurn.Crash:
                _former = _self;
                await PauseAsync(workload.SessionTimeoutMs * 2);
                return true;
            case MemberTurn.Freeze:
                await cluster.ClientLoop.DelayAsync(TimeSpan.FromMilliseconds(workload.SessionTimeoutMs + 500));
                await CommitAsync(_positions, isAgain: true);
                return false;
            default:
                IgnoreRebalances(TimeSpan.FromMilliseconds(workload.RebalanceTimeoutMs + 1000));
                return false;
        }
    }

    private Task PauseAsync(int maxMs) => cluster.ClientLoop.DelayAsync(TimeSpan.FromMilliseconds(1 + cluster.Random.Next(maxMs)));

    private async Task StepAsync()
    {
        if (_calls.Coordinator is null)
        {
            await _calls.FindAsync();
        }
        else if (_mustJoin && !IsDeaf)
        {
            await JoinAsync();
        }
        else if (Now >= _nextHeartbeat && _self.Generation >= 0)
        {
            _nextHeartbeat = Now + TimeSpan.FromMilliseconds(workload.SessionTimeoutMs / 3.0);
            Take(await _calls.HeartbeatAsync(_self));
        }
        else if (_unresolved.Count > 0)
        {
            await ResolveAsync();
        }
        else if (_positions.Count > 0 && !cluster.IsAtRest)
        {
            await WorkAsync();
        }
    }

    private async Task WorkAsync()
    {
        if (++_turns % ReadsPerCommit == 0)
        {
            await CommitAsync(_positions);
            return;
        }

        if (_turns % StepsPerLook == 0)
        {
            await LookAsync([.. _positions.Keys]);
            return;
        }

        var partition = _positions.Keys.ElementAt(_turns % _positions.Count);
        var position = _positions[partition];
        if (await _reader.ReadAsync(partition, position) is { } next && next > position)
        {
            history.Process(partition, position, next);

            // It may have lost the partition meanwhile.
            if (_positions.TryGetValue(partition, out var now) && now == position)
            {
                _positions[partition] = next;
            }
        }
    }

    private async Task JoinAsync()
    {
        if (!workload.IsCooperative)
        {
            await CommitAsync(_positions);
            _positions.Clear();
            _unresolved.Clear();
        }

        var (generationBefore, coordinatorBefore) = (history.Generation, CoordinatorState());
        var joined = await _calls.JoinAsync(_self, _positions.Keys.Concat(_unresolved), _topic);
        if (joined is { ErrorCode: ErrorCode.MemberIdRequired })
        {
            _self = _self with { Id = joined.MemberId };
            return;
        }

        if (joined is not { ErrorCode: ErrorCode.None })
        {
            Take(joined?.ErrorCode);
            return;
        }

        _self = _self with { Id = joined.MemberId, Generation = joined.GenerationId };
        _nextHeartbeat = Now;
        var synced = await _calls.SyncAsync(_self, joined.Leader == joined.MemberId ? Assign(joined) : []);
        if (synced is { ErrorCode: ErrorCode.None })
        {
            _mustJoin = false;
            if (coordinatorBefore is not null && coordinatorBefore == CoordinatorState())
            {
                history.Join(_self.Generation, generationBefore);
            }

            await OwnAsync(GroupCalls.Assigned(synced.Assignment), joined.Leader);
            return;
        }

        Take(synced?.ErrorCode);
    }

    private SortedDictionary<string, List<TopicPartition>> Assign(JoinGroupResponse joined) => GroupAssignment.Of(
        new SortedDictionary<string, IReadOnlyList<TopicPartition>>(
            joined.Members.ToDictionary(member => member.MemberId, member => GroupCalls.OwnedBy(member.Metadata)), StringComparer.Ordinal),
        partitions);

    private async Task OwnAsync(IReadOnlyList<TopicPartition> assigned, string leader)
    {
        history.Own(_self.Generation, _self.InstanceId is null ? leader : null, number, assigned);
        await CommitAsFormerAsync();
        var given = _positions.Keys.Concat(_unresolved).Except(assigned).ToList();
        if (given.Count > 0)
        {
            await CommitAsync(_positions);
            _mustJoin = true;
        }

        foreach (var partition in given)
        {
            _positions.Remove(partition);
            _unresolved.Remove(partition);
        }

        _unresolved.UnionWith(assigned.Except(_positions.Keys));

        // Its former self may have been about to join again, so that what it had let go finds an owner: no rebalance tells of that.
        _mustJoin |= _isBack;
        _isBack = false;
    }

    /// <summary>What its former self still had to commit comes too late now: it left, or another has its place.</summary>
    private async Task CommitAsFormerAsync()
    {
        if (_former is not { Generation: >= 0 } former)
        {
            return;
        }

        _former = null;
        if (former.InstanceId is not null && former.Id != _self.Id)
        {
            history.Retire(former.Id);
        }

        await CommitAsync([new(partitions[0], history.Processed(partitions[0]))], former);
    }

    private async Task ResolveAsync()
    {
        if (await LookAsync([.. _unresolved]) is not { } committed)
        {
            return;
        }

        foreach (var (partition, offset) in committed)
        {
            if (_unresolved.Remove(partition))
            {
                _positions[partition] = Math.Max(offset, 0);
                _committed[partition] = offset;
            }
        }
    }

    /// <summary>What the group has committed, which the history judges; null where that was not told.</summary>
    private async Task<Dictionary<TopicPartition, long>?> LookAsync(IReadOnlyList<TopicPartition> asked)
    {
        var began = history.Tick();
        var before = CoordinatorState();
        var answer = await _calls.CommittedAsync(asked);
        if (answer is not { Error: ErrorCode.None } committed)
        {
            Take(answer?.Error);
            return null;
        }

        // One that has been deposed without knowing it tells what it knows, and Kafka's tells it, too.
        if (before is null || before != CoordinatorState())
        {
            _calls.Coordinator = null;
            return null;
        }

        foreach (var partition in asked)
        {
            history.Read(partition, committed.Offsets[partition], began);
        }

        return committed.Offsets;
    }

    /// <summary>The leadership by which the coordinator coordinates; null where it has none.</summary>
    private (int Leader, int Epoch)? CoordinatorState() =>
        cluster.State(SimulatedGroup.OffsetsPartition) is var state && state.Leader == _calls.Coordinator ? (state.Leader, state.LeaderEpoch) : null;

    private async Task CommitAsync(
        IEnumerable<KeyValuePair<TopicPartition, long>> positions, MemberIdentity? former = null, bool isAgain = false)
    {
        var by = former ?? _self;
        var news = positions.Where(position => isAgain || former is not null || position.Value > Committed(position.Key)).ToList();
        if (news.Count == 0 || by.Generation < 0)
        {
            return;
        }

        var commits = news.ConvertAll(position => history.Begin(position.Key, position.Value, by));
        var answer = await _calls.CommitAsync(by, news);
        foreach (var commit in commits)
        {
            Settle(commit, answer is null ? null : answer[commit.Partition]);
        }

        if (former is null)
        {
            Take(answer is null ? null : answer[news[0].Key]);
        }
    }

    private void Settle(GroupCommit commit, ErrorCode? outcome)
    {
        switch (outcome)
        {
            case ErrorCode.None:
                history.Accept(commit);
                _committed[commit.Partition] = Math.Max(commit.Offset, Committed(commit.Partition));
                break;
            case ErrorCode.IllegalGeneration or ErrorCode.UnknownMemberId or ErrorCode.FencedInstanceId or ErrorCode.RebalanceInProgress
                or ErrorCode.UnknownTopicOrPartition:
                history.Refuse(commit);
                break;
        }
    }

    /// <summary>Does what an outcome asks of a member.</summary>
    private void Take(ErrorCode? outcome)
    {
        switch (outcome)
        {
            case null or ErrorCode.NotCoordinator or ErrorCode.CoordinatorNotAvailable:
                _calls.Coordinator = null;
                break;
            case ErrorCode.RebalanceInProgress:
                _mustJoin = true;
                break;
            case ErrorCode.UnknownMemberId or ErrorCode.FencedInstanceId:
                Lose();
                _self = _self with { Id = "", Generation = MemberIdentity.NoGeneration };
                break;
            case ErrorCode.IllegalGeneration:
                Lose();
                break;
            case not (ErrorCode.None or ErrorCode.CoordinatorLoadInProgress or ErrorCode.UnstableOffsetCommit or ErrorCode.RequestTimedOut
                or ErrorCode.UnknownTopicOrPartition):
                throw new InvariantBrokenException("L3", $"member {number} was told {outcome}");
        }
    }

    private void Lose()
    {
        _positions.Clear();
        _unresolved.Clear();
        _committed.Clear();
        _mustJoin = true;
    }
}
