using Personalization.Churn;
using Personalization.Items;
using Personalization.Telemetry;

namespace Personalization.Users;

/// <summary>What the shards of resting users share.</summary>
internal sealed record RestingServices(
    IUserTable Table,
    ActiveUsers Active,
    UserStates States,
    RowHolders Holders,
    UserAddresses Users,
    ChurnServices Churn,
    TrendingReporter Trending,
    GrainsInstruments Instruments,
    UserOptions Options,
    TimeProvider Time,
    ILogger Logger);
