namespace ClassicBroker.Server.Tests.Logging;

/// <summary>
/// One test at a time: NLog makes its registry of target types at the first use, without a lock, and of two that are made at once the one
/// with a type registered in it may be lost.
/// </summary>
[CollectionDefinition(Name)]
public sealed class NLogCollection
{
    public const string Name = "NLog";
}
