using ClassicBroker.ZooKeeper.Jute;

namespace ClassicBroker.ZooKeeper.Server.Txns;

/// <summary>A session ends, and its ephemeral znodes with it.</summary>
/// <param name="Paths">The ephemeral znodes; null in logs of servers before 3.6, which leave it to the tree.</param>
internal sealed record CloseSessionTxn(IReadOnlyList<string>? Paths) : Txn(OpCode.CloseSession);
