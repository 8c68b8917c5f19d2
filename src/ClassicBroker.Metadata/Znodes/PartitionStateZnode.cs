using ClassicBroker.Primitives;

namespace ClassicBroker.Metadata.Znodes;

/// <summary>
/// <c>/brokers/topics/T/partitions/P/state</c>: leader and ISR. Its version is the partition epoch (KIP-497). A recovering leader
/// (KIP-704) is marked; the usual case is the mark's absence.
/// </summary>
public static class PartitionStateZnode
{
    public static string Path(TopicPartition partition) => $"{TopicZnode.PartitionPath(partition)}/state";

    public static byte[] Encode(PartitionState state) =>
        ZnodeWriter.Object(json =>
        {
            // The order of the keys is Kafka's.
            json.WriteNumber("controller_epoch", state.ControllerEpoch);
            json.WriteNumber("leader", state.LeaderAndIsr.Leader);
            json.WriteNumber("version", 1);
            if (state.LeaderAndIsr.RecoveryState != LeaderRecoveryState.Recovered)
            {
                json.WriteNumber("leader_recovery_state", (int)state.LeaderAndIsr.RecoveryState);
            }

            json.WriteNumber("leader_epoch", state.LeaderAndIsr.LeaderEpoch);
            json.WriteInts("isr", state.LeaderAndIsr.Isr);
        });

    /// <param name="partition">Whose state it is.</param>
    /// <param name="data">The znode's bytes.</param>
    /// <param name="version">The znode's version, which becomes the partition epoch.</param>
    public static PartitionState Decode(TopicPartition partition, ReadOnlySpan<byte> data, int version)
    {
        var json = ZnodeReader.Parse(Path(partition), data);
        var recovery = json.IntOr("leader_recovery_state", (int)LeaderRecoveryState.Recovered) switch
        {
            (int)LeaderRecoveryState.Recovered => LeaderRecoveryState.Recovered,
            (int)LeaderRecoveryState.Recovering => LeaderRecoveryState.Recovering,
            _ => throw json.Wrong("leader_recovery_state", "0 or 1"),
        };
        var (leader, leaderEpoch, isr) = (json.Int("leader"), json.Int("leader_epoch"), json.Ints("isr"));
        if (leader < LeaderAndIsr.NoLeader)
        {
            throw json.Wrong("leader", "a broker id or -1");
        }

        // The next epoch is one more, and must be a number still.
        if (leaderEpoch is < LeaderAndIsr.InitialLeaderEpoch or int.MaxValue)
        {
            throw json.Wrong("leader_epoch", "an epoch");
        }

        if (!Array.TrueForAll(isr, id => id >= 0) || isr.Distinct().Count() != isr.Length)
        {
            throw json.Wrong("isr", "a list of distinct broker ids");
        }

        var leaderAndIsr = new LeaderAndIsr
        {
            Leader = leader,
            LeaderEpoch = leaderEpoch,
            Isr = isr,
            RecoveryState = recovery,
            PartitionEpoch = version,
        };
        return new(leaderAndIsr, json.Int("controller_epoch"));
    }
}
