// Package sweep makes the runs of a study by workers in any number of processes
// and hosts. Jobs are those of River (https://riverqueue.com), in PostgreSQL for
// many hosts or in an SQLite file for the processes of one.
//
// Start enqueues one job a run. A Worker makes a run in a local database of its
// own, carries its rows and checkpoints in a folder that all workers reach, and
// delivers the finished run as a bundle into the queue's database. Collect takes
// bundles into the database of results. A run has its identity (runs.uuid) from
// the moment its job is enqueued: whoever makes it, and however often it is
// delivered or collected, it is one run.
//
// A worker holds a job by a lease: it renews river_job.attempted_at by the
// database's clock. A lease that has run out is marked by a time long ago, so
// that River's rescuer finds it whatever the clock of the leader says.
package sweep
