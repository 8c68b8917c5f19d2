using System.Globalization;
using ClassicBroker.Primitives;

namespace ClassicBroker.Tools.Doctor;

/// <summary>
/// Clocks that run ahead of this machine's: records of the group coordinators carry the clock of their broker. One that runs behind
/// cannot be told from one that had nothing to write. Stateless.
/// </summary>
internal static class ClockCheck
{
    private const string Subject = "clocks";
    private const string GroupTopic = "__consumer_offsets";
    private const long NewestRecord = -3;
    private const long ToleratedMs = 1000;

    public static async Task<IReadOnlyList<Finding>> RunAsync(Patient patient)
    {
        var partitions = patient.Topics.Where(topic => topic.Name == GroupTopic)
            .SelectMany(topic => topic.Partitions)
            .Where(partition => partition.Leader >= 0)
            .ToDictionary(partition => new TopicPartition(GroupTopic, partition.Partition), partition => partition);
        if (partitions.Count == 0)
        {
            return [];
        }

        var newest = await patient.Admin.ListOffsetsAsync(partitions.Keys.ToDictionary(partition => partition, _ => NewestRecord));
        var now = patient.Host.Time.GetUtcNow().ToUnixTimeMilliseconds();
        var ahead = newest.Values
            .Select(newest => (newest.Partition, AheadMs: newest.ThrowIfFailed().TimestampMs - now))
            .Where(newest => newest.AheadMs > ToleratedMs)
            .GroupBy(newest => partitions[newest.Partition].Leader, newest => newest.AheadMs)
            .OrderBy(leader => leader.Key)
            .ToArray();
        return ahead.Length == 0
            ? [Finding.Good(Subject, "No broker wrote a record later than this machine's clock.")]
            :
            [
                .. ahead.Select(leader => Finding.Warning(
                    $"clock of broker {leader.Key}",
                    $"It is ahead of this machine's by {(leader.Max() / 1000.0).ToString("0.0", CultureInfo.InvariantCulture)} s or more.",
                    "Let one time service (chrony, ntpd) keep the clocks of all machines: retention and transactions go by them.")),
            ];
    }
}
