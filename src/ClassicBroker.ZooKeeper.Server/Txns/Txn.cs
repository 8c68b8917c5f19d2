using ClassicBroker.ZooKeeper.Jute;

namespace ClassicBroker.ZooKeeper.Server.Txns;

/// <summary>A change to the tree or the sessions, already checked, with everything decided that replaying must not decide again.</summary>
internal abstract record Txn(OpCode Type);
