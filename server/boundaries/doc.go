// Package boundaries has no code of its own. Its tests hold the shape of the
// repository: what each program may depend on, which platforms everything
// builds for, where files lie, and the licences of all modules. What the page may
// weigh is held by package browsertest.
package boundaries
