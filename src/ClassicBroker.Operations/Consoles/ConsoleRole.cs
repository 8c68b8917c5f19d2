namespace ClassicBroker.Operations.Consoles;

/// <summary>What a user of the console may do; each role may do what those before it may.</summary>
public enum ConsoleRole
{
    /// <summary>Look at everything, records included.</summary>
    ReadOnly = 1,

    /// <summary>Produce, create topics, change their configs, move offsets of groups.</summary>
    Operator = 2,

    /// <summary>Everything: delete, move replicas, change brokers, ACLs, users, quotas and tokens.</summary>
    Admin = 3,
}
