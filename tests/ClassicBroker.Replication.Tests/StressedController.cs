using ClassicBroker.Metadata;
using ClassicBroker.Primitives;
using ClassicBroker.Replication.Partitions;
using ClassicBroker.Testing;

namespace ClassicBroker.Replication.Tests;

/// <summary>The controller, and the partition's state znode that it changes. Threading: under its <see cref="Lock"/>.</summary>
internal sealed class StressedController
{
    private const int Local = 0;

    public Lock Lock { get; } = new();

    public LeaderAndIsr State { get; private set; } =
        new() { Leader = Local, LeaderEpoch = 0, Isr = [0, 1, 2], PartitionEpoch = 0 };

    /// <summary>What becomes of a change of the ISR: it is committed, refused, or committed and the answer is lost.</summary>
    public IsrChangeOutcome Decide(IsrChange change, SeededRandomSource random)
    {
        if (change.State.LeaderEpoch != State.LeaderEpoch)
        {
            return new(ErrorCode.FencedLeaderEpoch, null);
        }

        if (change.State.PartitionEpoch != State.PartitionEpoch)
        {
            return new(ErrorCode.InvalidUpdateVersion, null);
        }

        if (random.OneIn(8))
        {
            return new(ErrorCode.OperationNotAttempted, null);
        }

        State = change.State.WithPartitionEpoch(State.PartitionEpoch + 1);
        return random.OneIn(8) ? new(ErrorCode.NetworkException, null) : new(ErrorCode.None, State);
    }

    /// <summary>Another leader, or the same again, in a new epoch.</summary>
    public void Move(int leader) => State = State with
    {
        Leader = leader,
        LeaderEpoch = State.LeaderEpoch + 1,
        RecoveryState = LeaderRecoveryState.Recovered,
        PartitionEpoch = State.PartitionEpoch + 1,
    };

    /// <summary>Only this broker and <paramref name="follower"/> are in sync.</summary>
    public void Admit(int follower) => State = State with { Isr = [Local, follower] };

    public PartitionAssignment Assignment(bool isNew = false) => new()
    {
        ControllerEpoch = 1,
        Leader = State.Leader,
        LeaderEpoch = State.LeaderEpoch,
        PartitionEpoch = State.PartitionEpoch,
        Isr = State.Isr,
        Replicas = [0, 1, 2],
        IsNew = isNew,
    };
}
