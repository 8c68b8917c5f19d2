using ClassicBroker.Client;
using ClassicBroker.Primitives;

namespace ClassicBroker.Tools.Groups;

/// <summary><c>kafka-consumer-groups --delete-offsets</c> (KIP-496). Used by one tool.</summary>
internal sealed class OffsetDeletion(AdminClient admin, TextWriter output)
{
    private const int NoPartition = -1;

    public async Task RunAsync(string group, IReadOnlyList<string> scopes, OffsetResets resets)
    {
        var (results, failure) = await DeleteAsync(group, scopes, resets);
        output.WriteLine(Headline(group, scopes, failure));
        output.WriteLine($"\n{"TOPIC",-30} {"PARTITION",-15} {"STATUS",-15}");
        foreach (var (partition, refused) in results.OrderBy(result => result.Partition))
        {
            var number = partition.Partition == NoPartition ? "Not Provided" : $"{partition.Partition}";
            var status = refused is null ? "Successful" : $"Error: :{JavaException.Describe(refused)}";
            output.WriteLine($"{partition.Topic,-30} {number,-15} {status,-15}");
        }
    }

    /// <summary>
    /// Deletes the offsets; partition -1 stands for a topic that does not exist. Also what the first, or all, failed with.
    /// </summary>
    public async Task<(IReadOnlyList<PartitionResult> Results, KafkaException? Failure)> DeleteAsync(
        string group, IReadOnlyList<string> scopes, OffsetResets resets)
    {
        List<PartitionResult> results = [];
        List<TopicPartition> partitions = [];
        foreach (var scope in scopes)
        {
            try
            {
                partitions.AddRange(await resets.PartitionsAsync([scope]));
            }
            catch (JavaFailure unknown) when (unknown.InnerException is JavaFailure { InnerException: UnknownTopicException cause })
            {
                results.Add(new PartitionResult(new TopicPartition(scope, NoPartition), cause));
            }
        }

        return (results, await DeleteAsync(group, partitions, results));
    }

    private static string Headline(string group, IReadOnlyList<string> scopes, KafkaException? failure) =>
        failure?.Code switch
        {
            null => $"Request succeed for deleting offsets with topic {string.Join(", ", scopes)} group {group}",
            ErrorCode.InvalidGroupId => $"\nError: '{group}' is not valid.",
            ErrorCode.GroupIdNotFound => $"\nError: '{group}' does not exist.",
            ErrorCode.GroupAuthorizationFailed => $"\nError: Access to '{group}' is not authorized.",
            ErrorCode.NonEmptyGroup =>
                $"\nError: Deleting offsets of a consumer group '{group}' is forbidden if the group is not empty.",
            ErrorCode.GroupSubscribedToTopic or ErrorCode.UnknownTopicOrPartition or ErrorCode.TopicAuthorizationFailed =>
                "\nError: Encounter some partition level error, see the follow-up details:",
            _ => $"\nError: Encounter some unknown error: {JavaException.Describe(failure!)}",
        };

    /// <summary>Deletes the offsets; what fails for the group as a whole fails for each partition, and is returned.</summary>
    private async Task<KafkaException?> DeleteAsync(string group, List<TopicPartition> partitions, List<PartitionResult> results)
    {
        if (partitions.Count == 0)
        {
            return null;
        }

        try
        {
            var deleted = await admin.DeleteGroupOffsetsAsync(group, partitions);
            results.AddRange(deleted);
            return deleted.FirstOrDefault(result => result.Failure is not null).Failure;
        }
        catch (KafkaException refused) when (refused.Code != ErrorCode.None)
        {
            results.AddRange(partitions.Select(partition => new PartitionResult(partition, refused)));
            return refused;
        }
    }
}
