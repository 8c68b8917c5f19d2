using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Records;
using ClassicBroker.Replication.Selection;
using ClassicBroker.Storage;

namespace ClassicBroker.Replication.Partitions;

/// <summary>
/// One partition this broker holds a replica of: who leads it, and its log. What it does as leader and as follower is in
/// <see cref="LeaderRole"/> and <see cref="FollowerRole"/>. Owned by the <see cref="ReplicaManager"/>.
/// <para>Threading: any thread. One lock guards what changes together: leadership, ISR, followers, and appends against a change of
/// leader. It is taken before the log's lock and never while an event is raised. Reads of the log take no lock.</para>
/// </summary>
public sealed class Partition
{
    private readonly PartitionContext _context;
    private readonly LeaderRole _leader;
    private readonly FollowerRole _follower;
    private readonly FutureRole _future;

    public Partition(TopicPartition topicPartition, PartitionEnvironment environment)
    {
        _context = new PartitionContext(topicPartition, environment);
        _leader = new LeaderRole(_context);
        _follower = new FollowerRole(_context);
        _future = new FutureRole(_context);
    }

    public TopicPartition TopicPartition => _context.TopicPartition;

    /// <summary>The replica's log; null until the first LeaderAndIsr has been applied.</summary>
    public PartitionLog? Log => _context.Log;

    public bool IsLeader => _context.Leadership.IsLocal;

    /// <summary>Id of the leader, -1 where there is none.</summary>
    public int Leader => _context.Leadership.Leader;

    public int LeaderEpoch => _context.Leadership.LeaderEpoch;

    public int PartitionEpoch => _context.Leadership.PartitionEpoch;

    public IReadOnlyList<int> Replicas => _context.Leadership.Replicas;

    /// <summary>Is this broker's replica one that a reassignment adds?</summary>
    public bool IsAddingLocalReplica => _context.Leadership.AddingReplicas.Contains(_context.Local);

    /// <summary>
    /// The registration of this broker for which a controller named it the leader last (KIP-380); -1 where the controller did not say.
    /// </summary>
    public long AppointedBrokerEpoch => _context.AppointedBrokerEpoch;

    /// <summary>The last committed ISR; empty on followers.</summary>
    public IReadOnlyList<int> Isr => _leader.Isr;

    /// <summary>Is a broker being given a replica by a reassignment?</summary>
    public bool IsAddingReplica(int brokerId) => _context.Leadership.AddingReplicas.Contains(brokerId);

    /// <summary>Is it led here while its replicas are being moved?</summary>
    public bool IsReassigning =>
        IsLeader && (_context.Leadership.AddingReplicas.Count > 0 || _context.Leadership.RemovingReplicas.Count > 0);

    public bool IsUnderReplicated => _leader.IsUnderReplicated;

    public bool IsUnderMinIsr => _leader.IsUnderMinIsr;

    public bool IsAtMinIsr => _leader.IsAtMinIsr;

    /// <summary>What the replica does while another broker leads.</summary>
    internal FollowerRole Follower => _follower;

    /// <summary>What it does while its log moves to another directory.</summary>
    internal FutureRole Future => _future;

    /// <summary>
    /// Takes the lead as <paramref name="state"/> says, with the log <paramref name="obtainLog"/> opens or creates; true where this
    /// broker did not lead before. An older partition epoch than known changes nothing.
    /// </summary>
    /// <exception cref="StorageException">The log cannot be opened; nothing has changed.</exception>
    public bool MakeLeader(PartitionAssignment state, Func<PartitionLog> obtainLog)
    {
        bool wasFollower, highWatermarkMoved;
        lock (_context.Lock)
        {
            var before = _context.Leadership;
            if (state.PartitionEpoch < before.PartitionEpoch)
            {
                return false;
            }

            wasFollower = !before.IsLocal;
            highWatermarkMoved = _leader.Begin(state, _context.Log ??= obtainLog());
        }

        if (highWatermarkMoved)
        {
            _context.Environment.Delayed.CheckAndCompleteAll(TopicPartition);
        }

        return wasFollower;
    }

    /// <summary>
    /// Follows the leader <paramref name="state"/> names; true where the leader epoch is new. An older partition epoch changes nothing.
    /// </summary>
    /// <exception cref="StorageException">The log cannot be opened; nothing has changed.</exception>
    public bool MakeFollower(PartitionAssignment state, Func<PartitionLog> obtainLog)
    {
        lock (_context.Lock)
        {
            var before = _context.Leadership;
            if (state.PartitionEpoch < before.PartitionEpoch)
            {
                return false;
            }

            _context.Log ??= obtainLog();
            _leader.End();
            _context.Leadership = state.ToLeadership(isLocal: false, epochStartOffset: -1);
            return state.LeaderEpoch > before.LeaderEpoch;
        }
    }

    /// <summary>Lets go of the log: the replica was stopped, or its log directory failed.</summary>
    public void Detach()
    {
        lock (_context.Lock)
        {
            _context.Log = null;
            _leader.End();
            _context.Leadership = Leadership.None;
        }
    }

    /// <summary>
    /// Appends as leader what a producer or a coordinator sent, and wakes what waited for it. Refusals are in the result.
    /// </summary>
    /// <exception cref="StorageException">The log directory is going offline.</exception>
    public PartitionAppendResult AppendAsLeader(
        in RecordSet records, AppendOrigin origin, short acks, AppendVerification verification = default) =>
        _leader.Append(records, origin, acks, verification);

    /// <summary>
    /// Whether all in-sync replicas, or as many of them as <paramref name="acks"/> says, have everything before
    /// <paramref name="requiredOffset"/>, or an answer that ends the wait; null while the wait goes on. The record that
    /// <paramref name="appendedIn"/> is the epoch of may have been cut, where this broker has not led all the time since.
    /// </summary>
    public ErrorCode? CheckEnoughReplicasReachOffset(long requiredOffset, short acks, LeaderEpoch appendedIn) =>
        _leader.CheckEnoughReplicasReachOffset(requiredOffset, acks, appendedIn);

    /// <summary>The log where this broker may serve a requester that believes in <paramref name="currentEpoch"/>.</summary>
    public ErrorCode TryGetLog(LeaderEpoch currentEpoch, bool onlyLeader, out PartitionLog? log) =>
        TryGetLog(currentEpoch, onlyLeader, out log, out _);

    /// <inheritdoc cref="TryGetLog(LeaderEpoch, bool, out PartitionLog?)"/>
    /// <param name="leaderEpoch">The epoch that was current then.</param>
    public ErrorCode TryGetLog(LeaderEpoch currentEpoch, bool onlyLeader, out PartitionLog? log, out int leaderEpoch)
    {
        var leadership = _context.Leadership;
        log = _context.Log;
        leaderEpoch = leadership.LeaderEpoch;
        if (currentEpoch.IsKnown && currentEpoch.Value != leadership.LeaderEpoch)
        {
            return currentEpoch.Value < leadership.LeaderEpoch ? ErrorCode.FencedLeaderEpoch : ErrorCode.UnknownLeaderEpoch;
        }

        return log is null || (onlyLeader && !leadership.IsLocal) ? ErrorCode.NotLeaderOrFollower : ErrorCode.None;
    }

    public bool IsFollower(int brokerId) => _leader.IsFollower(brokerId);

    /// <summary>
    /// Takes note of a follower's fetch: its log end may let the high watermark rise, and let it into the ISR. One that was read in another
    /// <paramref name="leaderEpoch"/> says nothing any more: the follower may have cut since what it had then.
    /// </summary>
    public void UpdateFollower(LeaderEpoch leaderEpoch, in FollowerFetch fetch, long leaderLogEndOffset) =>
        _leader.UpdateFollower(leaderEpoch, fetch, leaderLogEndOffset);

    /// <summary>
    /// The lowest log start offset among the leader and its live followers: what DeleteRecords waits for. -1 on followers.
    /// </summary>
    public long LowWatermarkIfLeader() => _leader.LowWatermarkIfLeader();

    /// <summary>Followers in sync whose log holds an offset (KIP-392); none where this broker does not lead.</summary>
    public IReadOnlyList<ReplicaView> InSyncFollowersWith(long offset) => _leader.InSyncFollowersWith(offset);

    /// <summary>Does the high watermark still hide records of earlier leaders from consumers?</summary>
    public bool IsHighWatermarkBehindEpochStart(PartitionLog log) => _leader.IsHighWatermarkBehindEpochStart(log);

    /// <summary>
    /// Has a follower in sync been silent for longer than that, so that another broker may lead by now? False where this broker does not
    /// lead.
    /// </summary>
    public bool IsLeadershipInDoubt(long silenceMs) => _leader.IsInDoubt(silenceMs);

    /// <summary>
    /// May another broker lead by now, for all this one can tell? What it lacks is no reason then to refuse a client for good. False where
    /// this broker does not lead.
    /// </summary>
    public bool MayBeReplaced => _leader.MayBeReplaced;

    /// <summary>
    /// Has every follower that may be in sync followed at a moment, on the monotonic clock, or later, so that no other broker led then?
    /// False where this broker does not lead.
    /// </summary>
    public bool IsFollowedSince(long momentMs) => _leader.IsFollowedSince(momentMs);

    /// <summary>A controller has named this broker the leader, in a request for that registration of the broker.</summary>
    public void NoteAppointment(long brokerEpoch) => _context.AppointedBrokerEpoch = brokerEpoch;

    /// <summary>Asks to drop those from the ISR that have not caught up for <c>replica.lag.time.max.ms</c>.</summary>
    public void MaybeShrinkIsr() => _leader.MaybeShrinkIsr();

    /// <summary>The high watermark waits for live followers only: looks again who is.</summary>
    public void OnBrokersGone() => _leader.OnBrokersGone();
}
