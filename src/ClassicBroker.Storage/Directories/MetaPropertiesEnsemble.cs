using ClassicBroker.Platform;
using ClassicBroker.Primitives;

namespace ClassicBroker.Storage;

/// <summary>
/// The <c>meta.properties</c> of all log directories together: they must name one broker of one cluster, this one.
/// Read before anything else is, so that a broker does not touch the data of another. Threading: the start of the broker.
/// </summary>
public sealed class MetaPropertiesEnsemble
{
    private readonly IFileSystem _files;
    private readonly IReadOnlyList<string> _directories;
    private readonly SortedDictionary<string, MetaProperties> _found = new(StringComparer.Ordinal);

    private MetaPropertiesEnsemble(IFileSystem files, IReadOnlyList<string> directories)
    {
        _files = files;
        _directories = directories;
    }

    /// <summary>The id the directories agree on; null where none says.</summary>
    public BrokerId? BrokerId => _found.Values.FirstOrDefault(properties => properties.BrokerId is not null)?.BrokerId;

    /// <summary>The cluster the directories agree on; null where none says.</summary>
    public string? ClusterId => _found.Values.FirstOrDefault(properties => properties.ClusterId is not null)?.ClusterId;

    /// <summary>
    /// Reads what the directories hold. One that cannot be read is passed over: it will go offline when its logs are loaded.
    /// </summary>
    /// <exception cref="LogDirectoryException">They contradict each other, or belong to no broker that uses ZooKeeper.</exception>
    public static MetaPropertiesEnsemble Load(IFileSystem files, IReadOnlyList<string> directories)
    {
        var ensemble = new MetaPropertiesEnsemble(files, directories);
        foreach (var directory in directories)
        {
            ensemble.Load(directory);
        }

        ensemble.RequireAgreement();
        return ensemble;
    }

    /// <summary>Do the directories belong to this broker and this cluster?</summary>
    /// <exception cref="LogDirectoryException">They do not.</exception>
    public void Verify(BrokerId brokerId, string clusterId)
    {
        foreach (var (directory, properties) in _found)
        {
            var path = Path.Join(directory, MetaPropertiesFile.FileName);
            if (properties.BrokerId is { } stored && stored != brokerId)
            {
                throw new LogDirectoryException(
                    $"Configured broker.id {brokerId} doesn't match stored broker.id {stored} in {path}. If you moved your data, make sure your "
                    + $"configured broker.id matches: set broker.id={stored}. If you intend to create a new broker, remove all data in your "
                    + $"data directories (log.dirs): {string.Join(',', _directories)}.");
            }

            if (properties.ClusterId is { } storedCluster && storedCluster != clusterId)
            {
                throw new LogDirectoryException(
                    $"The Cluster ID {clusterId} of the ZooKeeper znode /cluster/id doesn't match the stored cluster.id {storedCluster} in {path}. "
                    + "The broker is trying to join the wrong cluster: either point zookeeper.connect (its chroot included) to the ZooKeeper of "
                    + $"cluster {storedCluster}, or, if this broker is to start empty in cluster {clusterId}, remove all data in {directory}.");
            }
        }
    }

    /// <summary>Writes down whose the directories are, where they do not say yet.</summary>
    /// <param name="offline">Told of directories that cannot be written.</param>
    public void WriteMissing(BrokerId brokerId, string clusterId, DateTimeOffset now, Action<string, StorageException> offline)
    {
        var wanted = new MetaProperties(brokerId, clusterId);
        foreach (var directory in _directories)
        {
            if (_found.GetValueOrDefault(directory) == wanted)
            {
                continue;
            }

            try
            {
                _files.CreateDurableDirectory(directory);
                MetaPropertiesFile.Write(_files, directory, wanted, now);
            }
            catch (StorageException failure)
            {
                offline(directory, failure);
            }
        }
    }

    private void Load(string directory)
    {
        try
        {
            if (MetaPropertiesFile.Read(_files, directory) is { } properties)
            {
                _found[directory] = properties;
            }
        }
        catch (StorageException)
        {
            // The directory's disk is gone. Loading its logs meets the same failure, and takes it offline with a log line.
        }
    }

    private void RequireAgreement()
    {
        foreach (var (directory, properties) in _found)
        {
            if (properties.BrokerId is { } brokerId && brokerId != BrokerId)
            {
                throw Contradiction("broker.id", directory, brokerId.ToString(), other => other.BrokerId?.ToString());
            }

            if (properties.ClusterId is { } clusterId && clusterId != ClusterId)
            {
                throw Contradiction("cluster.id", directory, clusterId, other => other.ClusterId);
            }
        }
    }

    private LogDirectoryException Contradiction(string key, string directory, string value, Func<MetaProperties, string?> valueOf)
    {
        var (otherDirectory, other) = _found.First(entry => valueOf(entry.Value) is { } text && text != value);
        return new(
            $"{Path.Join(otherDirectory, MetaPropertiesFile.FileName)} has {key}={valueOf(other)} and {Path.Join(directory, MetaPropertiesFile.FileName)} "
            + $"has {key}={value}: the directories of log.dirs belong to different brokers. Take the one out of log.dirs that is not this broker's, "
            + "or remove all data in it if it is to start empty.");
    }
}
