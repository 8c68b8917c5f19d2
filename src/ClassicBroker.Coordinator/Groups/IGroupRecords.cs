using ClassicBroker.Primitives;

namespace ClassicBroker.Coordinator.Groups;

/// <summary>Where the coordinator keeps what a group has settled on.</summary>
internal interface IGroupRecords
{
    /// <summary>
    /// Appends the group's record, as it is now with these assignments, before it returns; ends when the replicas have it, with what the
    /// members are to be told. Called under the group's lock, awaited outside of it.
    /// </summary>
    Task<ErrorCode> StoreAsync(Group group, IReadOnlyDictionary<string, byte[]> assignments);
}
