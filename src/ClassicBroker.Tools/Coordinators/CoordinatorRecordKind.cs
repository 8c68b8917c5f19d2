namespace ClassicBroker.Tools.Coordinators;

/// <summary>What a record of a coordinator's topic is about.</summary>
internal enum CoordinatorRecordKind
{
    /// <summary>A committed offset, in <c>__consumer_offsets</c>.</summary>
    Offset,

    /// <summary>A group, in <c>__consumer_offsets</c>.</summary>
    Group,

    /// <summary>A transactional id, in <c>__transaction_state</c>.</summary>
    Transaction,
}
