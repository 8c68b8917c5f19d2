namespace ClassicBroker.ZooKeeper.Client;

/// <summary>Which watch a request leaves behind when it succeeds.</summary>
internal enum WatchTarget
{
    None,
    Data,

    /// <summary>On the data where the znode exists, on its creation where it does not.</summary>
    Exists,
    Child,
}
