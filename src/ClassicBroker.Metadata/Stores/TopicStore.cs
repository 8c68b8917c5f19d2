using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.ZooKeeper;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Metadata.Stores;

/// <summary>Topics, their assignments and deletion marks. Writes of the controller are fenced, those of others are not.</summary>
public sealed class TopicStore(ZnodeClient znodes, ILogger<TopicStore> logger)
{
    /// <summary>The names of all topics, sorted.</summary>
    public Task<IReadOnlyList<string>> GetAllAsync() => znodes.GetChildrenAsync(TopicZnode.ParentPath);

    /// <summary>False also for what cannot be the name of a topic.</summary>
    public async Task<bool> ExistsAsync(string topic) =>
        ZnodeName.IsValid(topic) && await znodes.ExistsAsync(TopicZnode.Path(topic)) is not null;

    /// <summary>Null where there is no such topic.</summary>
    /// <exception cref="MalformedDataException">Its znode holds something else than an assignment.</exception>
    public async Task<TopicAssignment?> GetAsync(string topic) =>
        ZnodeName.IsValid(topic) && await znodes.GetDataAsync(TopicZnode.Path(topic)) is { } found
            ? TopicZnode.Decode(topic, found.Data)
            : null;

    /// <summary>
    /// Those of the topics that exist, in the order asked for. An unreadable one is logged and passed over: it must not take the
    /// others down with it.
    /// </summary>
    public async Task<IReadOnlyList<KeyValuePair<string, TopicAssignment>>> GetAsync(IReadOnlyList<string> topics)
    {
        var found = await topics.Select(TryGetAsync).AwaitAllAsync();
        return [.. topics.Zip(found).Where(pair => pair.Second is not null).Select(pair => KeyValuePair.Create(pair.First, pair.Second!))];
    }

    /// <summary>False where the topic exists.</summary>
    public Task<bool> CreateAsync(string topic, TopicAssignment assignment) =>
        znodes.CreateAsync(TopicZnode.Path(topic), TopicZnode.Encode(assignment));

    /// <summary>Replaces the assignment, whatever is stored; false where there is no such topic.</summary>
    public async Task<bool> SetAsync(string topic, TopicAssignment assignment, int controllerEpochVersion)
    {
        var path = TopicZnode.Path(topic);
        var result = await znodes.FencedAsync(new SetDataOp(path, TopicZnode.Encode(assignment), ZnodeVersion.Any), controllerEpochVersion);
        return result.Error switch
        {
            ZooKeeperError.None => true,
            ZooKeeperError.NoNode => false,
            _ => throw ZooKeeperException.For(result.Error, path),
        };
    }

    /// <summary>
    /// Replaces the assignment by what <paramref name="change"/> makes of the one that is stored, and asks it again where another writer
    /// was faster; null leaves it as it is. False where there is no such topic.
    /// </summary>
    /// <exception cref="MalformedDataException">Its znode holds something else than an assignment.</exception>
    public async Task<bool> UpdateAsync(string topic, Func<TopicAssignment, TopicAssignment?> change, int controllerEpochVersion)
    {
        if (!ZnodeName.IsValid(topic))
        {
            return false;
        }

        var path = TopicZnode.Path(topic);
        byte[]? attempted = null;
        while (await znodes.GetDataAsync(path) is { } found)
        {
            if (attempted is not null && found.Data.AsSpan().SequenceEqual(attempted))
            {
                // The attempt stands: its reply was lost, and the one that followed was refused for it.
                return true;
            }

            if (change(TopicZnode.Decode(topic, found.Data)) is not { } changed)
            {
                return true;
            }

            attempted = TopicZnode.Encode(changed);
            var result = await znodes.FencedAsync(new SetDataOp(path, attempted, found.Stat.Version), controllerEpochVersion);
            switch (result.Error)
            {
                case ZooKeeperError.None:
                    return true;
                case ZooKeeperError.BadVersion:
                    break;
                case ZooKeeperError.NoNode:
                    return false;
                default:
                    throw ZooKeeperException.For(result.Error, path);
            }
        }

        return false;
    }

    /// <summary>Deletes all that is stored of a topic, its mark last.</summary>
    public async Task DeleteAsync(string topic, int controllerEpochVersion)
    {
        await znodes.DeleteRecursiveAsync(TopicZnode.Path(topic), controllerEpochVersion);
        await znodes.DeleteRecursiveAsync(ConfigEntityZnode.Path(ConfigEntityZnode.Topics, topic), controllerEpochVersion);
        await znodes.DeleteRecursiveAsync(DeleteTopicsZnode.Path(topic), controllerEpochVersion);
    }

    /// <summary>Topics marked for deletion, sorted.</summary>
    public Task<IReadOnlyList<string>> GetDeletionsAsync() => znodes.GetChildrenAsync(DeleteTopicsZnode.ParentPath);

    /// <summary>Asks for a topic's deletion; false where somebody has already.</summary>
    public Task<bool> MarkForDeletionAsync(string topic) => znodes.CreateRecursiveAsync(DeleteTopicsZnode.Path(topic), default);

    /// <summary>False also for what cannot be the name of a topic.</summary>
    public async Task<bool> IsMarkedForDeletionAsync(string topic) =>
        ZnodeName.IsValid(topic) && await znodes.ExistsAsync(DeleteTopicsZnode.Path(topic)) is not null;

    /// <summary>Takes the marks away, with whatever somebody made below them: one that stays would stop all later deletions.</summary>
    public Task UnmarkForDeletionAsync(IEnumerable<string> topics, int controllerEpochVersion) =>
        topics.Select(topic => znodes.DeleteRecursiveAsync(DeleteTopicsZnode.Path(topic), controllerEpochVersion)).AwaitAllAsync();

    private async Task<TopicAssignment?> TryGetAsync(string topic)
    {
        try
        {
            return await GetAsync(topic);
        }
        catch (MalformedDataException failure)
        {
            logger.LogError("Passing over topic {Topic}: {Reason}", topic, failure.Message);
            return null;
        }
    }
}
